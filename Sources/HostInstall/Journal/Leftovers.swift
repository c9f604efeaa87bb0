/// What a package leaves behind when it is purged: made by its scripts, or by the system while it was installed.
public struct Leftovers: Codable, Hashable, Sendable {
  /// Files, and directories behind what is in them; a directory goes only when it is empty.
  public var files: [String]
  /// System users, each with a group of the same name.
  public var users: [String]

  public init(files: [String] = [], users: [String] = []) {
    self.files = files
    self.users = users
  }

  /// Files in which a line `NAME:…` describes a user or group (passwd(5), shadow(5), group(5), gshadow(5)). The tools
  /// that change them keep what was before in a file with `-` at the end of its name.
  static let accountFiles = ["/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow"]

  /// Those of some packages that are not there yet: what is there before the packages is not theirs.
  static func expected(
    of packages: [String], _ known: [String: Leftovers], in root: HostRoot
  ) throws -> Leftovers {
    var result = Leftovers()
    for leftovers in packages.compactMap({ known[$0] }) {
      for path in leftovers.files where !result.files.contains(path) {
        if try Files.status(root.resolve(path, followLast: false)) == nil { result.files.append(path) }
      }
      let accounts = Leftovers.accountFiles.compactMap { try? Files.read(root.resolve($0)) }
      for user in leftovers.users where !result.users.contains(user) {
        if accounts.allSatisfy({ Leftovers.without([user], $0) == $0 }) { result.users.append(user) }
      }
    }
    return result
  }

  /// The content of an account file without the lines of some users; bytes, because real names are in any encoding.
  static func without(_ users: [String], _ bytes: [UInt8]) -> [UInt8] {
    let newline = UInt8(ascii: "\n")
    let lines = bytes.split(separator: newline, omittingEmptySubsequences: false)
    let rest = lines.filter { line in !users.contains { line.starts(with: Array("\($0):".utf8)) } }
    return Array(rest.joined(separator: [newline]))
  }
}
