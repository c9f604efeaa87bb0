import Testing

@testable import BootMenu

@Suite struct VersionOrderTests {
  /// From the specification's examples, oldest first.
  @Test func order() {
    let versions = [
      "", "0", "1~rc1", "1~rc2", "1", "122.1", "123~rc1-1", "123", "123-a", "123-a.1", "123-1", "123-1.1",
      "123^post1",
      "123.a-1", "123.1-1", "123a-1", "124-1",
    ]
    for (index, version) in versions.enumerated() {
      #expect(VersionOrder.compare(version, version) == 0)
      for newer in versions[(index + 1)...] {
        #expect(VersionOrder.compare(version, newer) < 0, "\(version) < \(newer)")
        #expect(VersionOrder.compare(newer, version) > 0, "\(newer) > \(version)")
      }
    }
  }

  @Test func equalVersions() {
    #expect(VersionOrder.compare("1.02", "1.2") == 0)
    #expect(VersionOrder.compare("99999999999999999999998", "99999999999999999999999") < 0)
  }

  @Test func ordersVersionsByTheirNumbers() {
    let sorted = ["6.1.0-10-amd64", "6.1.0-9-amd64", "6.10.1", "6.1.0", "5.19"].sorted {
      VersionOrder.precedes($0, $1)
    }
    #expect(sorted == ["5.19", "6.1.0", "6.1.0-9-amd64", "6.1.0-10-amd64", "6.10.1"])
  }
}
