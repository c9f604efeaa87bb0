/// What is shown or tested: the programs as they were built.
public struct Product: Sendable {
  /// Path of `ramdisk-install`.
  public var installer: String
  /// Directory with the ramdisk's kernel and segments.
  public var payload: String

  public init(installer: String, payload: String) {
    self.installer = installer
    self.payload = payload
  }
}

/// The secrets that an installation shows once.
public struct Accounts: Equatable, Sendable {
  public var menuUser: String
  public var menuPassword: String
  /// IQN of the target.
  public var target: String
  public var chapUser: String
  public var chapSecret: String
  public var mutualUser: String
  public var mutualSecret: String

  /// Reads them from what `ramdisk-install` printed.
  ///
  /// - Throws: `LabError.unexpected` where one is missing.
  public init(printed: String) throws {
    func words(_ name: String) throws -> [String] {
      for line in printed.split(separator: "\n") {
        let text = line.drop { $0 == " " }
        if text.hasPrefix("\(name): ") {
          return text.dropFirst(name.count + 2).split(separator: " ").map(String.init)
        }
      }
      throw LabError(.unexpected, "the installer showed no \(name):\n\(printed)")
    }
    func pair(_ name: String) throws -> (String, String) {
      let words = try words(name)
      guard words.count == 2 else { throw LabError(.unexpected, "the installer showed an odd \(name)") }
      return (words[0], words[1])
    }
    menuUser = try words("menu user").joined()
    menuPassword = try words("menu password").joined()
    target = try words("iSCSI target").joined()
    (chapUser, chapSecret) = try pair("CHAP user and secret")
    (mutualUser, mutualSecret) = try pair("mutual CHAP user and secret")
  }
}
