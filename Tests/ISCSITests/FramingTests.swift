import ISCSI
import Testing

@Suite struct FramingTests {
  /// A ping with a few bytes of data, with digests where the framing has them.
  private func ping(_ framing: Framing, _ data: [UInt8]) -> [UInt8] {
    var nop = NOPOutPDU(initiatorTaskTag: 1, cmdSN: 2)
    nop.dataLength = data.count
    var bytes = [UInt8](repeating: 0xEE, count: framing.maximumLength)
    let length = bytes.withUnsafeMutableBytes { buffer -> Int in
      guard let base = buffer.baseAddress else { return 0 }
      nop.encode(to: base)
      for (index, byte) in data.enumerated() { buffer[framing.dataOffset + index] = byte }
      return framing.seal(base, dataLength: data.count)
    }
    return Array(bytes.prefix(length))
  }

  /// The data segments of all PDUs in `bytes`, handed over in pieces of `step`.
  private func feed(_ framing: Framing, _ bytes: [UInt8], step: Int) throws -> [[UInt8]] {
    var segments: [[UInt8]] = []
    var buffer: [UInt8] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      buffer += rest.prefix(step)
      rest = rest.dropFirst(step)
      var isLooking = true
      while isLooking {
        let (segment, length) = try buffer.withUnsafeBytes { bytes -> ([UInt8]?, Int) in
          switch framing.next(in: bytes) {
          case .pdu(let frame): return (Array(frame.data), frame.length)
          case .incomplete(let needed):
            #expect(needed > buffer.count)
            return (nil, 0)
          case .failed(let failure): throw failure
          }
        }
        buffer.removeFirst(length)
        if let segment { segments.append(segment) } else { isLooking = false }
      }
    }
    #expect(buffer.isEmpty)
    return segments
  }

  @Test(arguments: [false, true], [false, true])
  func findsPDUsHoweverTheyArrive(headerDigest: Bool, dataDigest: Bool) throws {
    var framing = Framing(maximumDataLength: 64)
    framing.hasHeaderDigest = headerDigest
    framing.hasDataDigest = dataDigest
    let segments: [[UInt8]] = [[], [1], [1, 2, 3, 4], Array(0..<61), []]
    let bytes = segments.flatMap { ping(framing, $0) }
    #expect(try feed(framing, bytes, step: 1) == segments)
    #expect(try feed(framing, bytes, step: 7) == segments)
    #expect(try feed(framing, bytes, step: bytes.count) == segments)
  }

  @Test func refusesDigestsThatDoNotMatch() {
    var framing = Framing(maximumDataLength: 64)
    framing.hasHeaderDigest = true
    framing.hasDataDigest = true
    let good = ping(framing, [1, 2, 3, 4, 5])
    var header = good
    header[20] ^= 1
    #expect(throws: Framing.Failure.headerDigest) { try feed(framing, header, step: header.count) }
    var data = good
    data[framing.dataOffset] ^= 1
    #expect(throws: Framing.Failure.dataDigest) { try feed(framing, data, step: data.count) }
  }

  @Test func refusesDataLongerThanDeclaredBeforeItArrives() {
    let framing = Framing(maximumDataLength: 8)
    let long = ping(Framing(maximumDataLength: 64), [UInt8](repeating: 1, count: 9))
    #expect(throws: Framing.Failure.dataTooLong(9)) { try feed(framing, Array(long.prefix(48)), step: 48) }
  }

  @Test func checksumsAreThoseOfTheStandard() {
    // RFC 3720 B.4: the CRC32C of 32 zeros, 32 ones, and 0 to 31.
    func crc(_ bytes: [UInt8]) -> UInt32 {
      bytes.withUnsafeBytes { buffer in
        buffer.baseAddress.map { CRC32C.portable(0, $0, buffer.count) } ?? 0
      }
    }
    #expect(crc([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(crc([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(crc(Array(0..<32)) == 0x46DD_794E)
  }
}
