/// What happened at the HTTP server, for the console and the log.
public enum NetbootEvent: Hashable, Sendable, CustomStringConvertible {
  /// Requests are accepted on this port.
  case listening(port: Int)
  /// A client proved the password of the menu or of the status page.
  case loginSucceeded(client: String, user: String)
  /// A client offered a wrong user or password.
  case loginFailed(client: String, user: String)
  /// A client read all it asked for of a file or script.
  case sent(client: String, path: String, bytes: UInt64, seconds: Double)
  /// A client went away, or the file could not be read, before all of it was sent.
  case interrupted(client: String, path: String, bytes: UInt64, of: UInt64)

  /// One line for people; what clients say is shortened and freed of control characters.
  public var description: String {
    switch self {
    case .listening(let port):
      "HTTP: listening on port \(port)"
    case .loginSucceeded(let client, let user):
      "\(client) logged in as \(Self.plain(user))"
    case .loginFailed(let client, let user):
      "\(client) gave a wrong user name or password (user \(Self.plain(user)))"
    case .sent(let client, let path, let bytes, let seconds):
      "\(client) got \(Self.plain(path)): \(Self.amount(bytes))\(Self.rate(bytes, seconds))"
    case .interrupted(let client, let path, let bytes, let total):
      "\(client) got only \(Self.amount(bytes)) of \(Self.amount(total)) of \(Self.plain(path))"
    }
  }

  private static func plain(_ text: String) -> String {
    String(text.unicodeScalars.prefix(128).map { (0x20...0x7E).contains($0.value) ? Character($0) : "?" })
  }

  static func amount(_ bytes: UInt64) -> String {
    switch bytes {
    case 10_485_760...: "\(bytes >> 20) MiB"
    case 10240...: "\(bytes >> 10) KiB"
    default: "\(bytes) bytes"
    }
  }

  private static func rate(_ bytes: UInt64, _ seconds: Double) -> String {
    guard bytes >= 1 << 20, seconds > 0.001 else { return "" }
    let tenths = (Double(bytes) / seconds / 100_000).rounded()
    guard tenths < 1e12 else { return "" }
    return ", \(Int(tenths) / 10).\(Int(tenths) % 10) MB/s"
  }
}
