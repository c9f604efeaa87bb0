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

  @Test func `All packets of one boot attempt get the loader, the next attempt the script`() throws {
    for version in ["010000", nil] {
      var bench = Bench()
      for type in [DHCPMessageType.discover, .discover, .request] {
        let packet = try IPXEStageTests.ipxe(version, transaction: 7, type)
        var request = packet
        request.options.set(.requestedAddress, addresses: [IPv4Address(192, 168, 77, 100)])
        #expect(bench.give(request).packet?.bootFile == "undionly.kpxe")
        bench.now += .seconds(2)
      }
      bench.now += .seconds(20)
      let again = try IPXEStageTests.ipxe(version, transaction: 8)
      #expect(bench.give(again).packet?.bootFile == IPXEStageTests.script)
      bench.now += ChainMemory.window
      #expect(bench.give(again).packet?.bootFile == "undionly.kpxe")
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
    for (first, second) in zip(chains, chains.dropFirst()) { #expect(second - first >= ChainMemory.window) }
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
