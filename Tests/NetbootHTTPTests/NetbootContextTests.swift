import Testing

@testable import NetbootHTTP

@Suite struct NetbootContextTests {
  @Test(arguments: [
    ("::ffff:192.168.200.1", "192.168.200.1"),
    ("::FFFF:10.0.0.7", "10.0.0.7"),
    ("192.168.200.1", "192.168.200.1"),
    ("fe80::1", "fe80::1"),
    ("::ffff:1", "::ffff:1"),
  ])
  func addressesOfBothFamilies(shown: String, meant: String) {
    #expect(NetbootContext.unmapped(shown) == meant)
  }
}
