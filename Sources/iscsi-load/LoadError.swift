/// Why a load could not be put on the target.
enum LoadError: Error, CustomStringConvertible {
  case connection(String)
  case login(UInt16)
  case unexpected(String)
  case commandFailed(UInt8)

  var description: String {
    switch self {
    case .connection(let reason): "the connection failed: \(reason)"
    case .login(let status): "the target refused the login with status 0x\(String(status, radix: 16))"
    case .unexpected(let what): "the target sent \(what)"
    case .commandFailed(let status): "a command ended with status 0x\(String(status, radix: 16))"
    }
  }
}
