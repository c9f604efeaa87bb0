/// Answers the keys of the operational stage (RFC 7143 13): only those offered, once each, nothing volunteered.
///
/// Initiators in firmware fail on keys they did not offer (edk2, open-iscsi) and on `Reject` (iPXE), so a sane value
/// never gets one.
struct OperationalNegotiation: Hashable, Sendable {
  let limits: OperationalLimits
  private(set) var agreed = OperationalParameters()
  private var seen: Set<String> = []

  /// Whether the login is the first of its session; a later one has nothing to say about what all connections share.
  var isLeading = true

  init(limits: OperationalLimits) { self.limits = limits }

  /// Keys of use LO, or of session-wide scope (RFC 7143 13): only the leading login negotiates them.
  private static let leadingKeys: Set<String> = [
    "InitialR2T", "ImmediateData", "MaxBurstLength", "FirstBurstLength", "MaxConnections",
    "MaxOutstandingR2T",
    "DefaultTime2Wait", "DefaultTime2Retain", "ErrorRecoveryLevel", "DataPDUInOrder", "DataSequenceInOrder",
    "TaskReporting", "iSCSIProtocolLevel",
  ]

  enum Failure: Error, Hashable {
    /// A key was negotiated twice (6.2).
    case repeated(String)
    /// A number that is none, or outside the range of its key.
    case badValue(String)
  }

  /// The answer to one key; nil for a declaration, which gets none.
  mutating func answer(_ pair: TextPair) throws(Failure) -> TextPair? {
    guard seen.insert(pair.key).inserted else { throw .repeated(pair.key) }
    if !isLeading, Self.leadingKeys.contains(pair.key) { return TextPair(pair.key, "Irrelevant") }
    switch pair.key {
    case "HeaderDigest": return digest(pair, \.headerDigest)
    case "DataDigest": return digest(pair, \.dataDigest)
    case "InitialR2T":
      agreed.initialR2T = try boolean(pair) || limits.initialR2T
      return TextPair(pair.key, agreed.initialR2T ? "Yes" : "No")
    case "ImmediateData":
      agreed.immediateData = try boolean(pair)
      return pair
    case "MaxRecvDataSegmentLength":
      agreed.initiatorMaximumDataLength = try number(pair, 512...0xff_ffff)
      agreed.targetMaximumDataLength = limits.maximumDataLength
      return TextPair(pair.key, String(limits.maximumDataLength))
    case "MaxBurstLength":
      agreed.maximumBurstLength = min(try number(pair, 512...0xff_ffff), limits.maximumBurstLength)
      return TextPair(pair.key, String(agreed.maximumBurstLength))
    case "FirstBurstLength":
      agreed.firstBurstLength = min(try number(pair, 512...0xff_ffff), limits.firstBurstLength)
      return TextPair(pair.key, String(agreed.firstBurstLength))
    case "MaxConnections":
      agreed.maximumConnections = min(try number(pair, 1...65_535), max(1, limits.maximumConnections))
      return TextPair(pair.key, String(agreed.maximumConnections))
    case "MaxOutstandingR2T":
      _ = try number(pair, 1...65_535)
      return TextPair(pair.key, "1")
    case "DefaultTime2Wait":
      return TextPair(pair.key, String(try number(pair, 0...3600)))
    case "DefaultTime2Retain":
      // Tasks end with their connection: there is nothing to retain.
      _ = try number(pair, 0...3600)
      return TextPair(pair.key, "0")
    case "ErrorRecoveryLevel":
      _ = try number(pair, 0...2)
      return TextPair(pair.key, "0")
    case "DataPDUInOrder", "DataSequenceInOrder":
      _ = try boolean(pair)
      return TextPair(pair.key, "Yes")
    case "IFMarker", "OFMarker": return TextPair(pair.key, "No")
    case "IFMarkInt", "OFMarkInt": return TextPair(pair.key, "Irrelevant")
    case "TaskReporting": return TextPair(pair.key, "RFC3720")
    case "iSCSIProtocolLevel":
      return TextPair(pair.key, String(min(try number(pair, 0...31), 1)))
    case "InitiatorName", "InitiatorAlias", "TargetName", "SessionType": return nil
    default: return TextPair(pair.key, "NotUnderstood")
    }
  }

  private mutating func digest(
    _ pair: TextPair, _ field: WritableKeyPath<OperationalParameters, Bool>
  ) -> TextPair {
    // The initiator's order is its preference.
    for value in pair.value.split(separator: ",") where value == "CRC32C" || value == "None" {
      agreed[keyPath: field] = value == "CRC32C"
      return TextPair(pair.key, String(value))
    }
    return TextPair(pair.key, "Reject")
  }

  private func boolean(_ pair: TextPair) throws(Failure) -> Bool {
    guard pair.value == "Yes" || pair.value == "No" else { throw .badValue(pair.key) }
    return pair.value == "Yes"
  }

  private func number(_ pair: TextPair, _ range: ClosedRange<UInt64>) throws(Failure) -> Int {
    guard let value = BinaryValue.number(pair.value), range.contains(value) else { throw .badValue(pair.key) }
    return Int(value)
  }
}
