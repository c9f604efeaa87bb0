/// Text requests of the full feature phase (RFC 7143 11.10): SendTargets, and declarations.
public struct TextExchange: Hashable, Sendable {
  private let targetName: String
  /// `address:port,tag` of each portal.
  private let portals: [String]
  private let type: SessionType
  private var assembler = TextAssembler(limit: 8192)
  /// What is left of an answer that does not fit into one response.
  private var remainder: [UInt8] = []

  public init(targetName: String, portals: [String], type: SessionType) {
    self.targetName = targetName
    self.portals = portals
    self.type = type
  }

  /// How to answer a request.
  public enum Answer: Hashable, Sendable {
    /// A response with this text; `isFinal` is false while the initiator has to ask for more.
    case respond([UInt8], isFinal: Bool, isContinued: Bool)
    case reject(RejectPDU.Reason)
  }

  /// Takes one text request.
  ///
  /// - Parameter limit: the longest data segment that the initiator takes.
  public mutating func receive(
    _ request: TextRequestPDU, data: UnsafeRawBufferPointer, limit: Int
  ) -> Answer {
    if !remainder.isEmpty, request.targetTransferTag != reservedTag, data.isEmpty { return next(limit) }
    // A new text: whatever was left of the last answer is not wanted any more.
    remainder = []
    do throws(TextError) {
      guard let pairs = try assembler.add(data, isContinued: request.isContinued) else {
        return .respond([], isFinal: false, isContinued: false)
      }
      remainder = TextSegment.encode(pairs.flatMap(answer))
      return next(limit)
    } catch {
      assembler = TextAssembler(limit: assembler.limit)
      return .reject(.protocolError)
    }
  }

  private mutating func next(_ limit: Int) -> Answer {
    let count = min(limit, remainder.count)
    let text = Array(remainder.prefix(count))
    remainder.removeFirst(count)
    return .respond(text, isFinal: remainder.isEmpty, isContinued: !remainder.isEmpty)
  }

  private func answer(_ pair: TextPair) -> [TextPair] {
    switch pair.key {
    case "SendTargets":
      // Appendix C: `All` only in discovery sessions; nothing names the target of the session itself.
      let wantsAll = pair.value == "All" && type == .discovery
      let isNamed = pair.value.lowercased() == targetName.lowercased()
      guard wantsAll || isNamed || (pair.value.isEmpty && type == .normal) else {
        return pair.value == "All" ? [TextPair(pair.key, "Reject")] : []
      }
      return [TextPair("TargetName", targetName)] + portals.map { TextPair("TargetAddress", $0) }
    case "InitiatorName", "InitiatorAlias": return []
    case "MaxRecvDataSegmentLength": return [TextPair(pair.key, "Reject")]
    default: return [TextPair(pair.key, "NotUnderstood")]
    }
  }
}
