import Linux
import Logging
import Testing

@testable import DHCP

/// The DHCP client against servers that nobody here wrote, and against ours.
@Suite struct PXEClientTests {
  @Test func `dnsmasq gives everything it has`() async throws {
    try await PXECable.with { cable in
      let lease = try await cable.besideDnsmasq(at: .server) {
        try await cable.lease(timeout: .seconds(20))
      }
      let got = try #require(lease)
      #expect(got.address >= IPv4Address(192, 168, 77, 50) && got.address <= IPv4Address(192, 168, 77, 60))
      #expect(got.prefixLength == 24)
      #expect(got.server == PXECable.otherServerAddress)
      #expect(got.routers == [PXECable.otherServerAddress])
      #expect(got.domainNameServers == [IPv4Address(192, 168, 77, 253), IPv4Address(192, 168, 77, 252)])
      #expect(got.ntpServers == [IPv4Address(192, 168, 77, 251)])
      #expect(got.domainName == "lab.example")
      #expect(got.times?.expiry == .seconds(120))
    }
  }

  @Test func `A proxy alone gives no lease`() async throws {
    try await PXECable.with { cable in
      let server = try await PXEServerTests.serve(cable, .proxy)
      defer { server.stop() }
      #expect(try await cable.lease(timeout: .seconds(2)) == nil)
    }
  }

  @Test func `A lease is renewed in time, and lost when the server is gone`() async throws {
    try await PXECable.with { cable in
      let pool = AddressPool(
        range: IPv4Address(192, 168, 77, 100)...IPv4Address(192, 168, 77, 100), prefixLength: 24,
        leaseSeconds: 10)
      let events = Recorder<DHCPEvent>()
      let server = try await PXEServerTests.serve(cable, .server(pool), events)
      defer { server.stop() }
      let lease = try #require(try await cable.lease(timeout: .seconds(20)))
      #expect(lease.times?.renewal == .seconds(5))
      try await PXECable.command(
        "ip", "-n", cable.client, "address", "add", "\(lease.address)/24", "dev", "cable0")
      let changes = Recorder<LeaseKeeper.Change>()
      let keeper = try await cable.inside(cable.client) {
        let keeper = try LeaseKeeper(interface: "cable0", lease: lease, logger: Logger(label: "keeper")) {
          changes.add($0)
        }
        try keeper.start()
        return keeper
      }
      defer { keeper.stop() }
      try await eventually("the lease is renewed") { !changes.all.isEmpty }
      guard case .obtained(let renewed)? = changes.all.first else {
        Issue.record("lost: \(changes.all)")
        return
      }
      #expect(renewed.address == lease.address && renewed.obtainedAt > lease.obtainedAt)
      server.stop()
      try await eventually(within: 30, "the lease is lost") {
        changes.all.contains { if case .lost = $0 { true } else { false } }
      }
      try await cable.inside(cable.server) { try server.start() }
      try await eventually(within: 30, "a new lease is got") {
        if case .obtained? = changes.all.last { changes.all.count > 2 } else { false }
      }
    }
  }

  @Test func `A lease given back is free for others`() async throws {
    try await PXECable.with { cable in
      let pool = AddressPool(
        range: IPv4Address(192, 168, 77, 100)...IPv4Address(192, 168, 77, 100), prefixLength: 24)
      let events = Recorder<DHCPEvent>()
      let server = try await PXEServerTests.serve(cable, .server(pool), events)
      defer { server.stop() }
      let changes = Recorder<LeaseKeeper.Change>()
      let keeper = try await cable.inside(cable.client) {
        let keeper = try LeaseKeeper(interface: "cable0", lease: nil, logger: Logger(label: "keeper")) {
          changes.add($0)
        }
        try keeper.start()
        return keeper
      }
      try await eventually("a lease is got") { !changes.all.isEmpty }
      try await PXECable.command(
        "ip", "-n", cable.client, "address", "add", "192.168.77.100/24", "dev", "cable0")
      keeper.stop(release: true)
      try await eventually("the server hears of it") {
        events.all.contains { $0.step == .released(IPv4Address(192, 168, 77, 100)) }
      }
    }
  }

  @Test func `An interface that does not exist is an error, silence is none`() async throws {
    await #expect(throws: SystemError.self) {
      try await DHCPClient.acquire(interface: "nothing0", timeout: .seconds(1))
    }
    // The loopback interface: nobody answers there, and nothing leaves the machine.
    #expect(try await DHCPClient.acquire(interface: "lo", timeout: .milliseconds(100)) == nil)
    let waiting = Task { try await DHCPClient.acquire(interface: "lo", timeout: .seconds(86400)) }
    waiting.cancel()
    #expect(try await waiting.value == nil)
  }
}
