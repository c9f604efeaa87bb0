/// What one script in `/etc/grub.d` printed into GRUB's configuration: `grub-mkconfig` names it before and after.
struct GRUBSection: Hashable, Sendable {
  /// Path of the script.
  let script: String

  init(_ script: String) { self.script = script }

  var begin: String { "### BEGIN \(script) ###" }
  var end: String { "### END \(script) ###" }

  /// `bytes` without the section; nil where one of its lines is missing.
  func removed(from bytes: [UInt8]) -> [UInt8]? {
    MarkedBlock.removing(from: bytes, begin: begin, end: end)
  }
}

/// One of the lines around a section of GRUB's configuration is missing.
public struct BrokenSection: Error, Hashable, Sendable, CustomStringConvertible {
  public let configuration: String
  public let script: String
  public var description: String {
    "\(configuration) has only one of the two lines around what \(script) printed, so that it cannot be told from the rest: generate the file anew with grub-mkconfig"
  }
}
