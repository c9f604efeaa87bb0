import ISCSI
import Testing

@Suite struct TextTests {
  @Test func readsPairsInOrder() throws {
    #expect(
      try TextSegment.decode(text(["a=1", "b=", "c=x=y"])) == [
        TextPair("a", "1"), TextPair("b", ""), TextPair("c", "x=y"),
      ])
    #expect(try TextSegment.decode([]) == [])
    #expect(try TextSegment.decode(Array("a=1".utf8)) == [TextPair("a", "1")])
  }

  @Test func refusesWhatIsNoText() {
    #expect(throws: TextError.malformedPair) { try TextSegment.decode(text(["novalue"])) }
    #expect(throws: TextError.malformedPair) { try TextSegment.decode(text(["=1"])) }
    #expect(throws: TextError.keyTooLong) {
      try TextSegment.decode(text([String(repeating: "k", count: 64) + "=1"]))
    }
    #expect(throws: TextError.notText) { try TextSegment.decode([0x61, 0x3D, 0xFF, 0]) }
    #expect(throws: TextError.notText) { try TextSegment.decode(text(["a=1\n2"])) }
  }

  @Test func joinsContinuedText() throws {
    var assembler = TextAssembler(limit: 16)
    func add(_ part: String, _ isContinued: Bool) throws -> [TextPair]? {
      try Array(part.utf8).withUnsafeBytes { try assembler.add($0, isContinued: isContinued) }
    }
    #expect(try add("key=va", true) == nil)
    #expect(try add("", true) == nil)
    #expect(try add("lue\0", false) == [TextPair("key", "value")])
    #expect(try add("a=12345678", true) == nil)
    #expect(throws: TextError.tooLong) { try add("90123456", false) }
  }

  @Test func answersSendTargets() {
    var exchange = TextExchange(
      targetName: "iqn.2025-01.example:disk", portals: ["192.0.2.1:3260,1"], type: .discovery)
    let request = TextRequestPDU(initiatorTaskTag: 1, cmdSN: 1)
    func ask(_ pair: String, limit: Int = 8192) -> TextExchange.Answer {
      text([pair]).withUnsafeBytes { exchange.receive(request, data: $0, limit: limit) }
    }
    let targets = text(["TargetName=iqn.2025-01.example:disk", "TargetAddress=192.0.2.1:3260,1"])
    #expect(ask("SendTargets=All") == .respond(targets, isFinal: true, isContinued: false))
    #expect(
      ask("SendTargets=iqn.2025-01.example:disk") == .respond(targets, isFinal: true, isContinued: false))
    #expect(ask("SendTargets=iqn.else") == .respond([], isFinal: true, isContinued: false))
    #expect(
      ask("X-other=1") == .respond(text(["X-other=NotUnderstood"]), isFinal: true, isContinued: false))
    #expect(ask("nonsense") == .reject(.protocolError))
  }

  @Test func sendsLongAnswersInPieces() {
    var exchange = TextExchange(
      targetName: "iqn.2025-01.example:disk", portals: ["192.0.2.1:3260,1"], type: .discovery)
    var request = TextRequestPDU(initiatorTaskTag: 1, cmdSN: 1)
    var answer = text(["SendTargets=All"]).withUnsafeBytes { exchange.receive(request, data: $0, limit: 20) }
    request.targetTransferTag = 1
    var whole: [UInt8] = []
    var pieces = 0
    while case .respond(let piece, false, true) = answer, pieces < 10 {
      whole += piece
      pieces += 1
      answer = exchange.receive(request, data: UnsafeRawBufferPointer(start: nil, count: 0), limit: 20)
    }
    if case .respond(let piece, true, false) = answer { whole += piece }
    #expect(pieces == 3)
    #expect(strings(whole) == ["TargetName=iqn.2025-01.example:disk", "TargetAddress=192.0.2.1:3260,1"])
  }
}
