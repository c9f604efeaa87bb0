import Linux
import Testing

@testable import TFTP

/// SplitMix64: the same numbers in every run.
struct FixedRandom: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

@Suite struct TFTPPacketTests {
  private static let samples: [TFTPPacket] = [
    .read(
      TFTPRequest(name: "undionly.kpxe", options: [TFTPOption("blksize", "1432"), TFTPOption("tsize", "0")])),
    .read(TFTPRequest(name: "a", mode: "netascii")),
    .write(TFTPRequest(name: "b")),
    .data(block: 0x0102, bytes: [9, 8, 7]), .data(block: 65535, bytes: []),
    .acknowledge(block: 0xff00),
    .error(.fileNotFound, message: "no such file"), .error(TFTPErrorCode(rawValue: 4711), message: ""),
    .optionAcknowledge([TFTPOption("tsize", "70000")]),
  ]

  @Test(arguments: samples) func `What is encoded is decoded`(packet: TFTPPacket) {
    #expect(TFTPPacket(decoding: packet.encoded()) == packet)
  }

  @Test func `OVMF's and iPXE's requests as captured`() {
    let ipxe = Array("\0\u{1}undionly.kpxe\0octet\0blksize\u{0}1432\0tsize\u{0}0\0".utf8)
    #expect(TFTPPacket(decoding: ipxe) == TFTPPacketTests.samples[0])
    let shouting = Array("\0\u{1}X\0OCTET\0BlkSize\u{0}1432\0".utf8)
    let expected = TFTPRequest(name: "X", options: [TFTPOption("blksize", "1432")])
    #expect(TFTPPacket(decoding: shouting) == .read(expected))
  }

  @Test func `Padding and a broken rest of options do not spoil a request`() {
    let request = Array("\0\u{1}x\0octet\0".utf8)
    for rest in [[0, 0, 0, 0], Array("blksize".utf8), Array("tsize\u{0}0".utf8)] {
      #expect(TFTPPacket(decoding: request + rest) == .read(TFTPRequest(name: "x")))
    }
  }

  @Test func `What is cut off is no packet`() {
    for bytes in [[], [0], [0, 9], [1, 1], [0, 3], [0, 3, 1], [0, 4, 1], [0, 5, 0]] as [[UInt8]] {
      #expect(TFTPPacket(decoding: bytes) == nil)
    }
    #expect(TFTPPacket(decoding: Array("\0\u{1}name without end".utf8)) == nil)
    #expect(TFTPPacket(decoding: Array("\0\u{1}name\0mode".utf8)) == nil)
    #expect(TFTPPacket(decoding: [0, 6] + Array("tsize".utf8)) == nil)
  }

  @Test func `Mutated packets never trap`() {
    var random = FixedRandom(state: 11)
    for round in 0..<40_000 {
      var bytes = TFTPPacketTests.samples[round % TFTPPacketTests.samples.count].encoded()
      for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[place] = .random(in: 0...255, using: &random)
        case 1: bytes = Array(bytes.prefix(place))
        default: bytes.insert(.random(in: 0...255, using: &random), at: place)
        }
      }
      if let packet = TFTPPacket(decoding: bytes) { _ = packet.encoded() }
    }
  }

  @Test func `Names of every style mean the same file, and none leaves the root`() {
    for name in ["efi/boot/x.efi", "/EFI/BOOT/x.efi", "\\efi\\boot\\X.EFI", "//efi//./boot/x.efi/"] {
      #expect(TFTPFileName.normalized(name) == "efi/boot/x.efi")
    }
    for name in ["", "/", "\\", ".", "..", "../x", "a/../../x", "a\\..\\x"] {
      #expect(TFTPFileName.normalized(name) == nil, "\(name)")
    }
  }

  @Test func `A name longer than a packet may be is none`() {
    #expect(TFTPFileName.normalized(String(repeating: "a", count: 512)) != nil)
    #expect(TFTPFileName.normalized(String(repeating: "a", count: 513)) == nil)
  }

  @Test func `What clients write is cut, also a single character`() {
    let long = "e" + String(repeating: "\u{301}", count: 30_000)
    for step in [TFTPEvent.Step.aborted(long), .refused(long), .notFound] {
      let event = TFTPEvent(client: .any, path: long, step: step)
      #expect(event.path.unicodeScalars.count == 128)
      #expect("\(event)".unicodeScalars.count < 400)
    }
  }

  @Test func `Events read as sentences`() {
    let done = TFTPEvent.Step.completed(size: 70000, duration: .milliseconds(1025))
    let event = TFTPEvent(client: IPv4Address(192, 0, 2, 7), path: "x", step: done)
    #expect("\(event)" == "192.0.2.7 has x (70000 bytes) after 1025 ms")
  }
}
