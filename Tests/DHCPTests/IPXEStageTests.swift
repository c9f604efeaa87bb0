import Linux
import Testing

@testable import DHCP

/// iPXE's two stages: an old one is given ours, ours is given the script, and none goes round in circles.
@Suite struct IPXEStageTests {
  private static let script = "http://192.168.77.1/boot.ipxe?mac=52:54:00:12:34:56&arch=0&uuid=${uuid}"

  private static func ipxe(_ version: String?, transaction: UInt32 = 1, _ type: DHCPMessageType = .discover)
    throws
    -> DHCPPacket
  {
    try Captured.packet(type, options: "5d0200004d0469505845", transaction: transaction) { packet in
      packet.options.set(.vendorClass, text: "PXEClient:Arch:00000:UNDI:002001")
      packet.options[.ipxe] = version.map { Captured.bytes("eb03" + $0) } ?? [33, 1, 1]
    }
  }

  @Test func `A good iPXE gets the script at once`() throws {
    for version in ["011500", "020000", "011400"] {
      var proxy = Bench(.proxy)
      let offer = try #require(proxy.give(try IPXEStageTests.ipxe(version)).packet)
      #expect(offer.bootFile == IPXEStageTests.script)
      #expect(offer.options.text(.bootFileName) == IPXEStageTests.script)
      #expect(offer.options.text(.vendorClass) == "PXEClient" && offer.nextServer == Bench.address)
      #expect(offer.options[.ipxe] == nil)
      var server = Bench()
      let lease = try #require(server.give(try IPXEStageTests.ipxe(version)).packet)
      #expect(lease.bootFile == IPXEStageTests.script)
      #expect(lease.options[.ipxe] == [176, 1, 1])
      #expect(lease.options[.vendorClass] == nil)
    }
  }

  @Test func `QEMU's captured ROM is old, and OVMF's driver is no iPXE`() throws {
    let rom = BootClient(packet: try Captured.packet(.discover, options: Captured.romIPXE))
    #expect(rom.stage == .ipxe(IPXEVersion(1, 0, 0)))
    #expect(rom.architecture?.firmware == .bios)
    #expect(BootClient(packet: try Captured.packet(.discover, options: Captured.ovmfPXE)).stage == .pxe)
    #expect(BootClient(packet: try Captured.packet(.discover, options: Captured.ovmfHTTP)).stage == .http)
  }

  @Test func `iPXE is known by either option, and with a length byte too`() throws {
    for options in ["4d0469505845", "4d050469505845", "af03210101"] {
      let client = BootClient(packet: try Captured.packet(.discover, options: options))
      #expect(client.stage == .ipxe(nil), "\(options)")
    }
    let other = BootClient(packet: try Captured.packet(.discover, options: "4d0467505845"))
    #expect(other.stage == .ordinary)
  }

  @Test func `All packets of one boot attempt get the loader, the loader gets the script`() throws {
    // The loader is another build, and then the same one as the ROM.
    for (rom, loader) in [("010000", "010001"), (nil, "010000"), ("010000", nil), ("010000", "010000")] {
      var bench = Bench()
      for type in [DHCPMessageType.discover, .discover, .request] {
        var request = try IPXEStageTests.ipxe(rom, transaction: 7, type)
        request.options.set(.requestedAddress, addresses: [IPv4Address(192, 168, 77, 100)])
        #expect(bench.give(request).packet?.bootFile == "undionly.kpxe")
        bench.now += .seconds(2)
      }
      bench.now += .seconds(20)
      let second = try IPXEStageTests.ipxe(loader, transaction: 8)
      #expect(bench.give(second).packet?.bootFile == IPXEStageTests.script)
      // A reboot later on.
      bench.now += ChainMemory.pause
      let third = try IPXEStageTests.ipxe(rom, transaction: 9)
      #expect(bench.give(third).packet?.bootFile == "undionly.kpxe")
      let fourth = try IPXEStageTests.ipxe(loader, transaction: 10)
      #expect(bench.give(fourth).packet?.bootFile == IPXEStageTests.script)
    }
  }

  @Test func `The iPXE that a ROM was given is known as ours, whatever it calls itself`() throws {
    for (mode, port) in [
      (.server(Bench.pool), .dhcp), (.proxy, .dhcp), (.proxy, .bootServer),
    ] as [(DHCPService.Mode, DHCPResponder.Port)] {
      var bench = Bench(mode)
      let type: DHCPMessageType = port == .dhcp ? .discover : .request
      let firmware = try Captured.packet(type, options: Captured.ovmfPXE, transaction: 1)
      #expect(
        bench.give(firmware, on: port, from: IPv4Address(192, 168, 77, 50)).packet?.bootFile == "snponly.efi")
      bench.now += .seconds(100)
      let ours = try IPXEStageTests.ipxe("010000", transaction: 2)
      #expect(bench.give(ours).packet?.bootFile == IPXEStageTests.script)
    }
  }

  @Test func `However the attempts fall, the loader is given once in a minute`() throws {
    var bench = Bench(.proxy)
    var chains: [ContinuousClock.Instant] = []
    for attempt in 0..<200 as Range<UInt32> {
      bench.now += .seconds(7)
      if bench.give(try IPXEStageTests.ipxe("010000", transaction: attempt)).packet?.bootFile
        == "undionly.kpxe"
      {
        chains.append(bench.now)
      }
    }
    #expect(chains.count > 10)
    for (first, second) in zip(chains, chains.dropFirst()) { #expect(second - first >= ChainMemory.pause) }
  }

  @Test func `A packet for another server does not use up the chain`() throws {
    var bench = Bench()
    var foreign = try IPXEStageTests.ipxe("010000", transaction: 1, .request)
    foreign.options.set(.serverIdentifier, addresses: [IPv4Address(192, 168, 77, 254)])
    _ = bench.give(foreign)
    #expect(bench.give(try IPXEStageTests.ipxe("010000", transaction: 2)).packet?.bootFile == "undionly.kpxe")
  }

  @Test func `An old iPXE that no loader fits gets the script`() throws {
    var bench = Bench(.proxy)
    let riscv = try Captured.packet(.discover, options: "5d02001b4d0469505845")
    let script = IPXEStageTests.script.replacing("arch=0", with: "arch=27")
    #expect(bench.give(riscv).packet?.bootFile == script)
  }

  @Test func `A script URL too long for the file field is still in option 67`() throws {
    var bench = Bench(.proxy)
    bench.responder.service.bootFiles.scriptURL = "http://{server}/" + String(repeating: "x", count: 300)
    let packet = try #require(bench.give(try IPXEStageTests.ipxe("020000")).packet)
    let decoded = try DHCPPacket(decoding: packet.encoded())
    #expect(decoded.bootFile.isEmpty)
    #expect(decoded.options.text(.bootFileName)?.utf8.count == 320)
  }

  @Test func `Unknown and unfinished placeholders stay as they are`() throws {
    var bench = Bench(.proxy)
    bench.responder.service.bootFiles.scriptURL = "{server}{{mac}{x}{"
    let packet = try #require(bench.give(try IPXEStageTests.ipxe("020000")).packet)
    #expect(packet.bootFile == "192.168.77.1{52:54:00:12:34:56{x}{")
  }
}
