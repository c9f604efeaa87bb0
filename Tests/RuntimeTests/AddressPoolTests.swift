import DHCP
import Linux
import SiteConfig
import Testing

@testable import Runtime

@Suite struct AddressPoolTests {
  private func pool(_ range: String, _ address: IPv4Address, _ prefixLength: Int, lease: Int = 0)
    -> AddressPool
  {
    var site = Site.DHCP()
    site.range = range
    site.lease = lease
    return AddressPool(site: site, address: address, prefixLength: prefixLength)
  }

  @Test func theSitesRangeIsTaken() {
    let pool = pool("192.168.200.50 - 192.168.200.60", IPv4Address(192, 168, 200, 1), 24, lease: 600)
    #expect(pool.range == IPv4Address(192, 168, 200, 50)...IPv4Address(192, 168, 200, 60))
    #expect(pool.leaseSeconds == 600)
  }

  @Test func ofAnotherNetworkTheFreeAddressesAreTaken() {
    let pool = pool("192.168.200.50-192.168.200.60", IPv4Address(192, 168, 201, 1), 24)
    #expect(pool.range == IPv4Address(192, 168, 201, 2)...IPv4Address(192, 168, 201, 101))
    #expect(pool.leaseSeconds == nil)
  }

  @Test func beforeOurOwnAddressWhenThereIsMoreRoom() {
    let pool = pool("", IPv4Address(10, 0, 0, 254), 24)
    #expect(pool.range == IPv4Address(10, 0, 0, 154)...IPv4Address(10, 0, 0, 253))
  }

  @Test(arguments: [0, 8, 24, 29, 30, 31, 32])
  func anyPrefixIsSurvived(prefixLength: Int) {
    for address in [IPv4Address(0, 0, 0, 0), IPv4Address(10, 1, 2, 3), IPv4Address.broadcast] {
      let range = pool("junk", address, prefixLength).range
      #expect(range.lowerBound <= range.upperBound)
    }
  }
}
