/// Why a payload cannot be built.
public enum PayloadError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A program of the build host is not there.
  case toolMissing(String)
  /// A program of the build host failed.
  case toolFailed(String, status: String, message: String)
  /// The recipe has a line that makes no sense.
  case recipe(file: String, line: Int, String)
  /// No source that apt can verify has what is needed.
  case unavailable(String)
  /// A file is not what it should be.
  case unusable(String)

  public var description: String {
    switch self {
    case .toolMissing(let name):
      "'\(name)' is needed and not installed; on Debian: apt-get install \(Self.package(of: name))"
    case .toolFailed(let command, let status, let message):
      "'\(command)' failed (\(status)): \(message.split(separator: "\n").suffix(12).joined(separator: "\n  "))"
    case .recipe(let file, let line, let problem): "\(file):\(line): \(problem)"
    case .unavailable(let reason), .unusable(let reason): reason
    }
  }

  private static func package(of tool: String) -> String {
    switch tool {
    case "depmod", "modinfo": "kmod"
    case "xz": "xz-utils"
    case "dpkg-deb": "dpkg"
    case "apt-get", "apt-cache", "apt-config": "apt"
    default: tool
    }
  }
}
