/// Names as clients write them, brought into one form.
public enum TFTPFileName {
  /// The parts of `name` joined by single `/`, in lower case: `\EFI\\Boot/x.EFI` is `efi/boot/x.efi`.
  ///
  /// - Returns: nil for a name that is empty, leaves the root by `..` or is longer than a request may be (RFC 2347: 512
  ///   bytes).
  public static func normalized(_ name: String) -> String? {
    guard name.utf8.count <= 512 else { return nil }
    let parts = name.split { $0 == "/" || $0 == "\\" }.filter { $0 != "." }
    guard !parts.isEmpty, !parts.contains("..") else { return nil }
    return parts.joined(separator: "/").lowercased()
  }
}
