import Linux
import Logging
import Testing

@testable import DHCP

/// The DHCP server against clients that nobody here wrote.
@Suite struct PXEServerTests {
  private static let pool = AddressPool(
    range: IPv4Address(192, 168, 77, 100)...IPv4Address(192, 168, 77, 110), prefixLength: 24)

  /// Starts the server on the server's side of the cable.
  static func serve(
    _ cable: PXECable, _ mode: DHCPService.Mode, _ events: Recorder<DHCPEvent> = Recorder()
  ) async throws -> DHCPServer {
    try await cable.inside(cable.server) {
      let service = DHCPService(mode: mode, address: PXECable.serverAddress, bootFiles: .sample)
      let server = try DHCPServer(services: ["cable0": service], logger: Logger(label: "dhcp")) {
        events.add($0)
      }
      try server.start()
      return server
    }
  }

  /// What udhcpc was given, as its script sees it.
  private static let udhcpc =
    #"printf '#!/bin/sh\n[ "$1" = bound ] && env\nexit 0\n' > /tmp/$$.sh; chmod +x /tmp/$$.sh; "#
    + "udhcpc -i cable0 -n -q -t 5 -T 1 -f -s /tmp/$$.sh 2>&1; code=$?; rm /tmp/$$.sh; exit $code"

  @Test func `udhcpc gets a lease for ever, without a router`() async throws {
    try await PXECable.with { cable in
      let server = try await PXEServerTests.serve(cable, .server(PXEServerTests.pool))
      defer { server.stop() }
      let first = try await cable.onClient(PXEServerTests.udhcpc)
      #expect(first.contains("ip=192.168.77.10") || first.contains("ip=192.168.77.110"))
      #expect(first.contains("subnet=255.255.255.0"))
      #expect(first.contains("serverid=192.168.77.1"))
      #expect(first.contains("lease=4294967295"))
      #expect(!first.contains("router="))
      let second = try await cable.onClient(PXEServerTests.udhcpc)
      let address = { (text: String) in text.split(separator: "\n").first { $0.hasPrefix("ip=") } }
      #expect(address(first) == address(second))
    }
  }

  @Test func `dhclient, with an identifier of its own, has the same address as udhcpc`() async throws {
    try await PXECable.with { cable in
      let server = try await PXEServerTests.serve(cable, .server(PXEServerTests.pool))
      defer { server.stop() }
      let first = try await cable.onClient(PXEServerTests.udhcpc)
      let address = try #require(
        first.split(separator: "\n").first { $0.hasPrefix("ip=") }.map { $0.dropFirst(3) })
      let second = try await cable.onClient(
        """
        d=$(mktemp -d); echo 'send dhcp-client-identifier "another";' > $d/conf
        dhclient -v -1 -d -sf /bin/true -cf $d/conf -lf $d/leases -pf $d/pid cable0 2>&1 &
        for i in $(seq 100); do grep -q fixed-address $d/leases 2>/dev/null && break; sleep 0.1; done
        kill $!; wait; cat $d/leases; rm -r $d
        """)
      #expect(second.contains("fixed-address \(address);"))
    }
  }

  @Test func `Who looks for an IPv6 router hears at once that there is none`() async throws {
    try await PXECable.with { cable in
      let server = try await PXEServerTests.serve(cable, .server(PXEServerTests.pool))
      defer { server.stop() }
      try await cable.onClient("ip link set cable0 down; ip link set cable0 up")
      try await eventually("the client's kernel counts an advertisement") {
        try await cable.onClient("awk '/InRouterAdvertisements/ { print $2 }' /proc/net/snmp6") != "0\n"
      }
      #expect(try await cable.onClient("ip -6 route show default").isEmpty)
    }
  }

  @Test func `The service can be switched while it runs`() async throws {
    try await PXECable.with { cable in
      let server = try await PXEServerTests.serve(cable, .off)
      defer { server.stop() }
      let lease = { try await cable.lease(timeout: .seconds(3)) }
      #expect(try await lease() == nil)
      server.setService(
        DHCPService(
          mode: .server(PXEServerTests.pool), address: PXECable.serverAddress, bootFiles: .sample),
        on: "cable0")
      #expect(try await lease()?.server == PXECable.serverAddress)
      server.setService(
        DHCPService(mode: .proxy, address: PXECable.serverAddress, bootFiles: .sample), on: "cable0")
      #expect(try await lease() == nil)
    }
  }
}

extension PXECable {
  /// Runs our own client on the client's side.
  func lease(timeout: Duration) async throws -> Lease? {
    try await inside(client) {
      try DHCPClient.lease(interface: "cable0", hostName: nil, limit: .now + timeout, cancelled: EventFlag())
    }
  }
}
