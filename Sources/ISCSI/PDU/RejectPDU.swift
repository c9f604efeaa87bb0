/// Reject (RFC 7143 11.17). The data segment is the header of the PDU that was rejected.
public struct RejectPDU: Hashable, Sendable {
  /// Why (11.17.1).
  public enum Reason: UInt8, Hashable, Sendable {
    case dataDigestError = 0x02
    case snackReject = 0x03
    case protocolError = 0x04
    case commandNotSupported = 0x05
    case tooManyImmediateCommands = 0x06
    case taskInProgress = 0x07
    case invalidDataACK = 0x08
    case invalidField = 0x09
    case longOperation = 0x0a
    case waitingForLogout = 0x0c
  }

  public var reason: Reason
  public var numbers: SequenceNumbers
  public var dataLength = BasicHeader.length

  public init(reason: Reason, numbers: SequenceNumbers) {
    self.reason = reason
    self.numbers = numbers
  }

  public init(_ header: BasicHeader) {
    reason = Reason(rawValue: header.bytes.byte(2)) ?? .protocolError
    numbers = SequenceNumbers(header.bytes)
    dataLength = header.dataLength
  }

  public func encode(to bytes: UnsafeMutableRawPointer) {
    bytes.startHeader(.reject, flags: 0x80, dataLength: dataLength)
    bytes.put(reason.rawValue, at: 2)
    bytes.putBig(reservedTag, at: 16)
    numbers.encode(to: bytes)
  }
}
