/// Names as clients write them, brought into one form.
public enum TFTPFileName {
  /// The parts of `name` joined by single `/`, in lower case: `\EFI\\Boot/x.EFI` is `efi/boot/x.efi`.
  ///
  /// - Returns: nil for a name that is empty or leaves the root by `..`.
  public static func normalized(_ name: String) -> String? {
    let parts = name.split { $0 == "/" || $0 == "\\" }.filter { $0 != "." }
    guard !parts.isEmpty, !parts.contains("..") else { return nil }
    return parts.joined(separator: "/").lowercased()
  }
}
