import DHCP
import Linux
import SiteConfig

extension AddressPool {
  /// Most addresses handed out where the site names no range.
  private static let most: UInt32 = 100

  /// What a full DHCP server hands out on an interface with `address`.
  ///
  /// The site's range where it lies in that interface's network, else what is free around our own address.
  init(site: Site.DHCP, address: IPv4Address, prefixLength: Int) {
    self.init(
      range: Self.range(site.range, address, prefixLength)
        ?? Self.free(around: address, prefixLength: prefixLength),
      prefixLength: prefixLength, leaseSeconds: site.lease == 0 ? nil : UInt32(clamping: site.lease))
  }

  private static func range(
    _ text: String, _ address: IPv4Address, _ prefixLength: Int
  ) -> ClosedRange<IPv4Address>? {
    let ends = text.split(separator: "-").compactMap { IPv4Address(trimmed($0)) }
    let network = address.network(prefixLength: prefixLength)
    guard ends.count == 2, ends[0] <= ends[1],
      ends.allSatisfy({ $0.network(prefixLength: prefixLength) == network })
    else { return nil }
    return ends[0]...ends[1]
  }

  /// The hosts after our own address, or those before it where there are more of them.
  private static func free(around address: IPv4Address, prefixLength: Int) -> ClosedRange<IPv4Address> {
    let network = address.network(prefixLength: prefixLength).value
    let broadcast = address.directedBroadcast(prefixLength: prefixLength).value
    let after = broadcast &- address.value
    let before = address.value &- network
    guard max(after, before) > 1 else { return address...address }
    if after >= before {
      return IPv4Address(
        value: address.value + 1)...IPv4Address(value: min(broadcast - 1, clampedSum(address.value, most)))
    }
    let first = before > most ? address.value - most : network + 1
    return IPv4Address(value: first)...IPv4Address(value: address.value - 1)
  }

  private static func clampedSum(_ a: UInt32, _ b: UInt32) -> UInt32 {
    let (sum, overflow) = a.addingReportingOverflow(b)
    return overflow ? .max : sum
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return text
  }
}
