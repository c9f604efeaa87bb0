import Linux
import Testing

@testable import DHCP

/// Who gets which options on which port: the table that firmware of every age is known to boot by.
@Suite struct ReplyMatrixTests {
  /// A PXE ROM's request for one architecture.
  private static func rom(_ architecture: UInt16, _ type: DHCPMessageType, class name: String = "PXEClient")
    throws
    -> DHCPPacket
  {
    try Captured.packet(type, options: "6111000102030405060708090a0b0c0d0e0f10") { packet in
      packet.options.set(.vendorClass, text: "\(name):Arch:00000:UNDI:003010")
      packet.options[.clientArchitecture] = IPv4Address(value: UInt32(architecture)).bytes.suffix(2)
    }
  }

  private static let loaders: [(UInt16, String)] = [
    (0, "undionly.kpxe"), (6, "ia32.efi"), (7, "snponly.efi"), (9, "snponly.efi"), (11, "arm64.efi"),
  ]

  @Test(arguments: loaders) func `Proxy, PXE: an offer without address, to everyone`(
    architecture: UInt16, loader: String
  ) throws {
    var bench = Bench(.proxy)
    let answer = bench.give(try ReplyMatrixTests.rom(architecture, .discover))
    let offer = try #require(answer.packet)
    #expect(answer.sent[0].address == .broadcast && answer.sent[0].port == 68 && answer.sent[0].from == .dhcp)
    #expect(offer.messageType == .offer && offer.yourAddress == .any && offer.wantsBroadcast)
    #expect(offer.nextServer == Bench.address && offer.bootFile == loader)
    #expect(offer.serverIdentifier == Bench.address)
    #expect(offer.options.text(.vendorClass) == "PXEClient")
    #expect(offer.options[.clientMachineIdentifier]?.count == 17)
    #expect(offer.options[.vendorSpecific] == (architecture == 0 ? [6, 1, 8, 255] : nil))
    #expect(offer.options[.leaseTime] == nil && offer.options[.subnetMask] == nil)
  }

  @Test(arguments: loaders) func `Port 4011 answers every architecture, to where the question came from`(
    architecture: UInt16, loader: String
  ) throws {
    for mode in [DHCPService.Mode.proxy, .server(Bench.pool)] {
      for port in [68, 4011] as [UInt16] {
        var bench = Bench(mode)
        var request = try ReplyMatrixTests.rom(architecture, .request)
        request.clientAddress = IPv4Address(192, 168, 77, 50)
        let answer = bench.give(request, on: .bootServer, from: request.clientAddress, port: port)
        let ack = try #require(answer.packet)
        #expect(answer.sent[0].address == request.clientAddress && answer.sent[0].port == port)
        #expect(answer.sent[0].from == .bootServer)
        #expect(ack.messageType == .acknowledge && ack.clientAddress == request.clientAddress)
        #expect(ack.yourAddress == .any && ack.transactionID == request.transactionID)
        #expect(ack.nextServer == Bench.address && ack.bootFile == loader)
        #expect(ack.options.text(.bootFileName) == loader)
        #expect(ack.options[.bootFileName]?.last == 0)
        #expect(ack.options.text(.vendorClass) == "PXEClient")
        #expect(ack.serverIdentifier == Bench.address)
      }
    }
  }

  @Test func `Port 4011 gives back the item that an old ROM chose`() throws {
    var bench = Bench(.proxy)
    var request = try ReplyMatrixTests.rom(0, .request)
    request.options[.vendorSpecific] = [71, 4, 0x80, 0, 0, 0, 255]
    request.options[.clientMachineIdentifier] = nil
    let ack = try #require(bench.give(request, on: .bootServer, from: IPv4Address(192, 168, 77, 50)).packet)
    #expect(ack.options[.vendorSpecific] == [6, 1, 8, 71, 4, 0x80, 0, 0, 0, 255])
    #expect(ack.options[.clientMachineIdentifier] == nil)
  }

  @Test(arguments: loaders) func `Full server, PXE: a lease with the loader and no option 60`(
    architecture: UInt16, loader: String
  ) throws {
    var bench = Bench()
    let answer = bench.give(try ReplyMatrixTests.rom(architecture, .discover))
    let offer = try #require(answer.packet)
    #expect(Bench.pool.range.contains(offer.yourAddress))
    #expect(offer.nextServer == Bench.address && offer.bootFile == loader)
    #expect(offer.options.text(.bootFileName) == loader)
    #expect(offer.options.text(.tftpServerName) == "192.168.77.1" && offer.serverName == "192.168.77.1")
    #expect(offer.options[.vendorClass] == nil && offer.options[.vendorSpecific] == nil)
    #expect(answer.sent[0].address == .broadcast)
  }

  @Test(arguments: [(15, "ia32.efi"), (16, "snponly.efi"), (19, "arm64.efi")] as [(UInt16, String)])
  func `HTTP Boot gets a URL in both modes`(architecture: UInt16, loader: String) throws {
    for mode in [DHCPService.Mode.proxy, .server(Bench.pool)] {
      var bench = Bench(mode)
      let offer = try #require(
        bench.give(try ReplyMatrixTests.rom(architecture, .discover, class: "HTTPClient")).packet)
      #expect(offer.options.text(.vendorClass) == "HTTPClient")
      #expect(offer.options.text(.bootFileName) == "http://192.168.77.1/\(loader)")
      #expect(offer.bootFile == "http://192.168.77.1/\(loader)")
      #expect(offer.options[.vendorSpecific] == nil)
    }
  }

  @Test(arguments: [1, 8, 10, 12, 17, 99, 65535] as [UInt16])
  func `An architecture without loader is refused, and never given the BIOS file`(architecture: UInt16) throws
  {
    for name in ["PXEClient", "HTTPClient"] {
      var proxy = Bench(.proxy)
      let request = try ReplyMatrixTests.rom(architecture, .discover, class: name)
      let refusal = proxy.give(request)
      #expect(refusal.sent.isEmpty)
      guard case .refused(let reason)? = refusal.steps.first else {
        Issue.record("not refused: \(refusal.steps)")
        return
      }
      #expect(reason.contains("\(architecture)"))
      var server = Bench()
      let answer = server.give(request)
      let offer = try #require(answer.packet)
      #expect(Bench.pool.range.contains(offer.yourAddress))
      #expect(offer.bootFile.isEmpty && offer.options[.bootFileName] == nil)
      #expect(answer.steps.contains { if case .refused = $0 { true } else { false } })
    }
  }

  @Test func `A ROM that does not tell its architecture is refused`() throws {
    var bench = Bench(.proxy)
    let request = try Captured.packet(.discover, options: "") {
      $0.options.set(.vendorClass, text: "PXEClient")
    }
    #expect(bench.give(request).sent.isEmpty)
    let old = try Captured.packet(.discover, options: "") {
      $0.options.set(.vendorClass, text: "PXEClient:Arch:00000:UNDI:002001")
    }
    #expect(bench.give(old).packet?.bootFile == "undionly.kpxe")
  }

  @Test func `Who does not boot from the network is left to the other server`() throws {
    var bench = Bench(.proxy)
    let ordinary = try Captured.packet(.discover, options: "3c084d53465420352e30")
    #expect(bench.give(ordinary).sent.isEmpty)
    #expect(bench.give(ordinary, on: .bootServer, from: IPv4Address(192, 168, 77, 9)).sent.isEmpty)
    var off = Bench(.off)
    #expect(off.give(try Captured.packet(.discover, options: Captured.ovmfPXE)).sent.isEmpty)
  }

  @Test func `A choice of another server is reported, and not answered`() throws {
    for mode in [DHCPService.Mode.proxy, .server(Bench.pool)] {
      var bench = Bench(mode)
      let request = try Captured.packet(.request, options: Captured.ovmfPXE + "3604c0a84dfe3204c0a84d3a")
      let answer = bench.give(request)
      #expect(answer.sent.isEmpty)
      #expect(answer.steps == [.choseServer(IPv4Address(192, 168, 77, 254))])
      #expect(answer.events.first?.address == IPv4Address(192, 168, 77, 58))
    }
  }

  @Test func `OVMF's captured question on port 4011 is answered`() throws {
    var bench = Bench(.proxy)
    let request = try Captured.packet(.request, options: Captured.ovmfBootServer) {
      $0.clientAddress = IPv4Address(192, 168, 77, 58)
    }
    let answer = bench.give(request, on: .bootServer, from: request.clientAddress, port: 4011)
    #expect(answer.packet?.bootFile == "snponly.efi")
    #expect(answer.packet?.options[.vendorSpecific] == nil)
    #expect(answer.sent.first?.port == 4011)
    #expect(answer.events.first?.address == IPv4Address(192, 168, 77, 58))
  }
}
