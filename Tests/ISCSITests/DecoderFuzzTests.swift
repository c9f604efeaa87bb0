import Testing

@testable import ISCSI

/// What decoders make of anything is whole: encoded and decoded again it is the same.
@Suite struct DecoderFuzzTests {
  private func decodesAgain<PDU: Equatable>(
    _ header: BasicHeader, _ decode: (BasicHeader) -> PDU, _ encode: (PDU, UnsafeMutableRawPointer) -> Void
  ) -> Bool {
    let first = decode(header)
    return withHeader(pdu { encode(first, $0) }) { decode($0) == first } == true
  }

  private func survives(_ header: BasicHeader) -> Bool {
    switch header.opcode {
    case .scsiCommand: decodesAgain(header, SCSICommandPDU.init) { $0.encode(to: $1) }
    case .dataOut: decodesAgain(header, DataOutPDU.init) { $0.encode(to: $1) }
    case .nopOut: decodesAgain(header, NOPOutPDU.init) { $0.encode(to: $1) }
    case .taskManagementRequest:
      decodesAgain(header, TaskManagementRequestPDU.init) { $0.encode(to: $1) }
        || TaskManagementRequestPDU(header).function == nil
    case .loginRequest:
      decodesAgain(header, LoginRequestPDU.init) { $0.encode(to: $1) }
        || LoginRequestPDU(header).currentStage == nil || LoginRequestPDU(header).nextStage == nil
    case .textRequest: decodesAgain(header, TextRequestPDU.init) { $0.encode(to: $1) }
    case .logoutRequest:
      decodesAgain(header, LogoutRequestPDU.init) { $0.encode(to: $1) }
        || LogoutRequestPDU(header).reason == nil
    case .nopIn: decodesAgain(header, NOPInPDU.init) { $0.encode(to: $1) }
    case .scsiResponse: decodesAgain(header, SCSIResponsePDU.init) { $0.encode(to: $1) }
    case .textResponse: decodesAgain(header, TextResponsePDU.init) { $0.encode(to: $1) }
    case .readyToTransfer: decodesAgain(header, ReadyToTransferPDU.init) { $0.encode(to: $1) }
    case .taskManagementResponse: decodesAgain(header, TaskManagementResponsePDU.init) { $0.encode(to: $1) }
    case .loginResponse:
      decodesAgain(header, LoginResponsePDU.init) { $0.encode(to: $1) }
        || LoginResponsePDU(header).nextStage == nil
    case .dataIn: decodesAgain(header, DataInPDU.init) { $0.encode(to: $1) }
    case .logoutResponse: decodesAgain(header, LogoutResponsePDU.init) { $0.encode(to: $1) }
    case .asyncMessage: decodesAgain(header, AsyncMessagePDU.init) { $0.encode(to: $1) }
    case .reject: decodesAgain(header, RejectPDU.init) { $0.encode(to: $1) }
    case .snackRequest, nil: true
    }
  }

  @Test func everyHeaderDecodesToWhatItEncodes() {
    var random = fuzzGenerator(21)
    let opcodes: [UInt8] = [
      0, 1, 2, 3, 4, 5, 6, 0x10, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x31, 0x32, 0x3f,
    ]
    for _ in 0..<fuzzExecutions(4_000) {
      var bytes = (0..<12).flatMap { _ in
        withUnsafeBytes(of: UInt32.random(in: .min ... .max, using: &random)) { Array($0) }
      }
      if !random.once(in: 8) { bytes[0] = random.pick(opcodes) | bytes[0] & 0x40 }
      if let survived = withHeader(bytes, survives), !survived { Issue.record("\(bytes)") }
    }
  }

  /// However a stream is cut, the same PDUs come out of it, and none of a damaged one with digests.
  @Test func aStreamIsTheSameHoweverItIsCut() {
    var random = fuzzGenerator(22)
    for _ in 0..<fuzzExecutions(2_000) {
      var framing = Framing(maximumDataLength: 600)
      framing.hasHeaderDigest = random.once(in: 2)
      framing.hasDataDigest = random.once(in: 2)
      let data = [UInt8](repeating: 7, count: Int.random(in: 0...40, using: &random))
      let additional = random.once(in: 4) ? [0, 5, 2, 0, 1, 2, 3, 4] as [UInt8] : []
      let whole = stream(framing, additional: additional, data: data)
      let cut = Int.random(in: 0..<whole.count, using: &random)
      if case .incomplete(let needed) = outcome(framing, Array(whole[..<cut])) {
        if needed <= cut || needed > whole.count { Issue.record("asks for \(needed) of \(whole.count)") }
      } else {
        Issue.record("made a PDU of \(cut) of \(whole.count) bytes")
      }
      guard case .pdu(let length) = outcome(framing, whole), length == whole.count else {
        Issue.record("no PDU of \(whole)")
        return
      }
      _ = outcome(framing, mutate(whole, &random))
      let damaged = Int.random(in: 8..<BasicHeader.length, using: &random)
      var bytes = whole
      bytes[damaged] ^= 0x10
      if framing.hasHeaderDigest, outcome(framing, bytes) != .failed(.headerDigest) {
        Issue.record("does not see the damage at \(damaged)")
      }
      _ = mutate(additional, &random).withUnsafeBytes { AdditionalHeaders($0) }
    }
  }

  private enum Seen: Equatable {
    case pdu(length: Int)
    case incomplete(needed: Int)
    case failed(Framing.Failure)
  }

  private func outcome(_ framing: Framing, _ bytes: [UInt8]) -> Seen {
    bytes.withUnsafeBytes {
      switch framing.next(in: $0) {
      case .pdu(let frame): .pdu(length: frame.length)
      case .incomplete(let needed): .incomplete(needed: needed)
      case .failed(let failure): .failed(failure)
      }
    }
  }

  private func stream(_ framing: Framing, additional: [UInt8], data: [UInt8]) -> [UInt8] {
    func digest(_ bytes: [UInt8]) -> [UInt8] {
      let value = bytes.withUnsafeBytes { buffer in
        buffer.baseAddress.map { CRC32C.portable(0, $0, buffer.count) } ?? 0
      }
      return withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
    var ping = NOPOutPDU(initiatorTaskTag: 2, cmdSN: 101)
    ping.dataLength = data.count
    var header = pdu { ping.encode(to: $0) } + additional
    header[4] = UInt8(additional.count / 4)
    let padded = data + [UInt8](repeating: 0, count: paddedLength(data.count) - data.count)
    return header + (framing.hasHeaderDigest ? digest(header) : []) + padded
      + (framing.hasDataDigest && !data.isEmpty ? digest(padded) : [])
  }

  @Test func textsDecodeToWhatTheyEncode() {
    var random = fuzzGenerator(23)
    let pieces = [
      "SendTargets=All", "CHAP_R=0b////", "CHAP_C=0x0", "MaxBurstLength=0xffffffffffffffffff", "a=b=c", "=",
      "k",
      "InitiatorName=iqn.é", "X-com.example=", "HeaderDigest=CRC32C,None", "DataDigest=,,",
    ]
    for _ in 0..<fuzzExecutions(3_000) {
      let count = Int.random(in: 0...4, using: &random)
      let bytes = mutate(text((0..<count).map { _ in random.pick(pieces) }), &random)
      let decoded = try? TextSegment.decode(bytes)
      if let decoded, (try? TextSegment.decode(TextSegment.encode(decoded))) != decoded {
        Issue.record("\(bytes)")
      }
      // In two parts, by the C bit, it is the same text.
      var assembler = TextAssembler(limit: 64)
      let middle = Int.random(in: 0...bytes.count, using: &random)
      let begun = bytes[..<middle].withUnsafeBytes { (try? assembler.add($0, isContinued: true)) != nil }
      let joined = bytes[middle...].withUnsafeBytes { try? assembler.add($0, isContinued: false) }
      if begun, bytes.count <= 64, joined ?? nil != decoded { Issue.record("cut at \(middle): \(bytes)") }
      for pair in decoded ?? [] {
        _ = BinaryValue.number(pair.value)
        guard let value = BinaryValue.bytes(pair.value, limit: 32) else { continue }
        if value.count > 32 || BinaryValue.bytes(BinaryValue.text(value), limit: 32) != value {
          Issue.record("\(pair)")
        }
      }
    }
  }
}
