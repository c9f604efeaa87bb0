/// How a transfer runs, after the client's wishes (RFC 2348, 2349, 7440).
public struct TFTPParameters: Hashable, Sendable {
  /// Bytes of data in a packet.
  public private(set) var blockSize = 512
  /// Packets before the client acknowledges.
  public private(set) var windowSize = 1
  /// Before a packet is sent again.
  public private(set) var timeout = Duration.seconds(1)
  /// What the client is told; empty: no OACK, data at once.
  public private(set) var granted: [TFTPOption] = []

  /// IPv4, UDP and TFTP headers.
  static let overhead = 20 + 8 + 4
  private static let largestWindow = 64
  /// Bytes in flight that fit the socket's send buffer; more would be dropped and waited for.
  private static let largestBurst = 128 * 1024

  /// Grants what is sensible, ignores what is not: unknown options and nonsense values are never refused.
  ///
  /// - Parameter mtu: of the interface; blocks are kept small enough not to be fragmented.
  public init(options: [TFTPOption], fileSize: Int, mtu: Int) {
    for option in options {
      guard let value = UInt64(option.value), !granted.contains(where: { $0.name == option.name }) else {
        continue
      }
      switch option.name {
      case "blksize" where value >= 8:
        blockSize = Int(min(value, 65464, UInt64(max(mtu - TFTPParameters.overhead, 512))))
        granted.append(TFTPOption(option.name, "\(blockSize)"))
      case "tsize":
        granted.append(TFTPOption(option.name, "\(fileSize)"))
      case "timeout" where (1...255).contains(value):
        timeout = .seconds(Int64(value))
        granted.append(TFTPOption(option.name, "\(value)"))
      case "windowsize" where (1...65535).contains(value):
        windowSize = Int(min(value, UInt64(TFTPParameters.largestWindow)))
        granted.append(TFTPOption(option.name, "\(windowSize)"))
      default:
        break
      }
    }
    limitBurst()
  }

  private mutating func limitBurst() {
    let limit = max(TFTPParameters.largestBurst / blockSize, 1)
    guard windowSize > limit else { return }
    windowSize = limit
    granted = granted.map { $0.name == "windowsize" ? TFTPOption($0.name, "\(limit)") : $0 }
  }
}
