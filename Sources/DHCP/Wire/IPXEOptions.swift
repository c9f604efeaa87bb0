/// What iPXE tells about itself in option 175 (ipxe/src/include/ipxe/features.h and dhcp.h).
public struct IPXEOptions: Hashable, Sendable {
  private enum SubOption {
    static let noProxyWait: UInt8 = 176
    static let version: UInt8 = 235
  }

  /// nil where the build does not tell.
  public var version: IPXEVersion?

  public init(option value: [UInt8]) {
    var parts = DHCPOptions()
    parts.parse(value)
    version = parts[DHCPOptionCode(rawValue: SubOption.version)].flatMap { IPXEVersion(option: $0) }
  }

  /// What to send to iPXE so that it does not wait 2 s for a proxy: 175.176 = 1.
  static let skipProxyWait: [UInt8] = [SubOption.noProxyWait, 1, 1]
}

/// Version of an iPXE build.
public struct IPXEVersion: Hashable, Sendable, Comparable, CustomStringConvertible {
  public let major: UInt8
  public let minor: UInt8
  public let patch: UInt8

  public init(_ major: UInt8, _ minor: UInt8, _ patch: UInt8 = 0) {
    self.major = major
    self.minor = minor
    self.patch = patch
  }

  init?(option value: [UInt8]) {
    guard value.count >= 3 else { return nil }
    self.init(value[0], value[1], value[2])
  }

  public static func < (left: Self, right: Self) -> Bool {
    (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
  }

  public var description: String { "\(major).\(minor).\(patch)" }
}
