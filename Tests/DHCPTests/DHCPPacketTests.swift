import Linux
import Testing

@testable import DHCP

@Suite struct DHCPPacketTests {
  @Test(arguments: [Captured.romIPXE, Captured.ovmfPXE, Captured.ovmfHTTP, Captured.ovmfBootServer])
  func `Captured options survive decoding and encoding`(options: String) throws {
    let packet = try Captured.packet(.discover, options: options)
    let field = [53, 1, 1] + Captured.bytes(options) + [255]
    #expect(packet.options.encoded() == field)
    #expect(try DHCPPacket(decoding: packet.encoded()) == packet)
  }

  @Test func `Every field stands where RFC 2131 puts it`() throws {
    var packet = DHCPPacket(operation: .reply, transactionID: 0x0102_0304, hardwareAddress: Captured.mac)
    packet.hops = 5
    packet.seconds = 0x0607
    packet.wantsBroadcast = true
    packet.clientAddress = IPv4Address(10, 0, 0, 1)
    packet.yourAddress = IPv4Address(10, 0, 0, 2)
    packet.nextServer = IPv4Address(10, 0, 0, 3)
    packet.relayAddress = IPv4Address(10, 0, 0, 4)
    packet.serverName = "server"
    packet.bootFile = "file"
    let bytes = packet.encoded()
    #expect(bytes.count == 300)
    #expect(bytes[0..<12] == [2, 1, 6, 5, 1, 2, 3, 4, 6, 7, 0x80, 0])
    #expect(bytes[12..<28] == [10, 0, 0, 1, 10, 0, 0, 2, 10, 0, 0, 3, 10, 0, 0, 4])
    #expect(bytes[28..<44].starts(with: Captured.mac.bytes))
    #expect(Array(bytes[44..<51]) == Array("server".utf8) + [0])
    #expect(Array(bytes[108..<113]) == Array("file".utf8) + [0])
    #expect(bytes[236..<241] == [99, 130, 83, 99, 255])
    #expect(try DHCPPacket(decoding: bytes) == packet)
  }

  @Test func `An option longer than 255 bytes goes in parts and is joined again`() throws {
    var packet = try Captured.packet(.discover, options: "")
    let long = (0..<700).map { UInt8(truncatingIfNeeded: $0) }
    packet.options[.vendorSpecific] = long
    packet.options[.userClass] = []
    let decoded = try DHCPPacket(decoding: packet.encoded())
    #expect(decoded.options[.vendorSpecific] == long)
    #expect(decoded.options[.userClass] == [])
  }

  @Test func `Options in file and sname are read after the others`() throws {
    var packet = try Captured.packet(.offer, options: "2b0141")
    packet.options[.overload] = [3]
    packet.operation = .reply
    var bytes = packet.encoded()
    bytes.replaceSubrange(108..<115, with: [43, 1, 66, 66, 1, 88, 255])
    bytes.replaceSubrange(44..<48, with: [43, 1, 67, 255])
    let decoded = try DHCPPacket(decoding: bytes)
    #expect(decoded.options[.vendorSpecific] == Array("ABC".utf8))
    #expect(decoded.options.text(.tftpServerName) == "X")
    #expect(decoded.bootFile.isEmpty && decoded.serverName.isEmpty)
    #expect(!decoded.encoded().isEmpty && decoded.options[.overload] == nil)
  }

  @Test func `A name too long for its field is not cut`() throws {
    var packet = try Captured.packet(.discover, options: "")
    packet.bootFile = String(repeating: "x", count: 128)
    #expect(try DHCPPacket(decoding: packet.encoded()).bootFile.isEmpty)
    packet.bootFile = String(repeating: "x", count: 127)
    #expect(try DHCPPacket(decoding: packet.encoded()).bootFile.utf8.count == 127)
  }

  @Test func `What is no DHCP packet is refused with the reason`() throws {
    let good = try Captured.packet(.discover, options: "").encoded()
    func error(_ bytes: [UInt8]) -> DHCPPacket.DecodingError? {
      do {
        _ = try DHCPPacket(decoding: bytes)
        return nil
      } catch { return error }
    }
    #expect(error([]) == .tooShort(0))
    #expect(error(Array(good.prefix(239))) == .tooShort(239))
    #expect(error([9] + good.dropFirst()) == .unknownOperation(9))
    #expect(error([1, 1, 17] + good.dropFirst(3)) == .hardwareAddressTooLong(17))
    #expect(error(Array(good.prefix(236)) + [0, 0, 0, 0]) == .noMagicCookie)
    #expect(error(Array(good.prefix(240))) == nil)
  }

  @Test func `An option cut off ends the options, not the packet`() throws {
    let bytes =
      try Captured.packet(.discover, options: "").encoded().prefix(240) + [53, 1, 1, 0, 60, 200, 65]
    let packet = try DHCPPacket(decoding: Array(bytes))
    #expect(packet.messageType == .discover)
    #expect(packet.options[.vendorClass] == nil)
  }

  @Test func `Mutated packets never trap, and what is decoded can be answered`() throws {
    var random = FixedRandom(state: 1)
    let samples = try [Captured.romIPXE, Captured.ovmfPXE, Captured.ovmfHTTP, Captured.ovmfBootServer].flatMap
    {
      options in
      try [DHCPMessageType.discover, .request, .inform, .decline, .release].map {
        try Captured.packet($0, options: options).encoded()
      }
    }
    var bench = Bench()
    var decodedCount = 0
    for round in 0..<30_000 {
      var bytes = samples[round % samples.count]
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[place] = .random(in: 0...255, using: &random)
        case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 2: bytes = Array(bytes.prefix(max(place, 1)))
        default: bytes.insert(.random(in: 0...255, using: &random), at: place)
        }
      }
      guard let packet = try? DHCPPacket(decoding: bytes) else { continue }
      decodedCount += 1
      bench.now += .seconds(1)
      for port in DHCPResponder.Port.allCases {
        for sent in bench.give(packet, on: port, from: IPv4Address(10, 0, 0, 1)).sent {
          #expect(throws: Never.self) { try DHCPPacket(decoding: sent.packet.encoded()) }
        }
      }
    }
    #expect(decodedCount > 1000)
  }
}
