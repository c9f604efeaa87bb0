/// Why the ramdisk cannot be written as one bootable file.
public enum ExportError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Programs and files of the host that are missing, each with the Debian package that has it.
  case missing([Need])
  /// The place for the file is taken, or no place for a file.
  case place(String)
  /// Somebody asked for it.
  case interrupted

  /// Something of the host that an export is made with.
  public struct Need: Hashable, Sendable {
    /// Name of the program, or path of the file.
    public var name: String
    /// Debian's package.
    public var package: String

    public init(name: String, package: String) {
      self.name = name
      self.package = package
    }
  }

  public var description: String {
    switch self {
    case .missing(let needs):
      "not installed: \(needs.map(\.name).joined(separator: ", ")); on Debian and Ubuntu: apt-get install "
        + Set(needs.map(\.package)).sorted().joined(separator: " ")
    case .place(let problem): problem
    case .interrupted: "interrupted"
    }
  }
}
