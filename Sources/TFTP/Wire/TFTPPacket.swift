/// A TFTP packet (RFC 1350 5, RFC 2347). Decoding never traps, whatever the bytes are.
public enum TFTPPacket: Hashable, Sendable {
  case read(TFTPRequest)
  case write(TFTPRequest)
  case data(block: UInt16, bytes: [UInt8])
  case acknowledge(block: UInt16)
  case error(TFTPErrorCode, message: String)
  /// OACK: the options granted, in their order.
  case optionAcknowledge([TFTPOption])

  private enum Opcode: UInt8 {
    case read = 1
    case write = 2
    case data = 3
    case acknowledge = 4
    case error = 5
    case optionAcknowledge = 6
  }

  /// nil for anything that is no TFTP packet.
  public init?(decoding bytes: [UInt8]) {
    guard bytes.count >= 2, bytes[0] == 0, let opcode = Opcode(rawValue: bytes[1]) else { return nil }
    let body = bytes[2...]
    switch opcode {
    case .read, .write:
      guard let request = TFTPRequest(decoding: body) else { return nil }
      self = opcode == .read ? .read(request) : .write(request)
    case .data:
      guard let block = TFTPPacket.number(body) else { return nil }
      self = .data(block: block, bytes: Array(body.dropFirst(2)))
    case .acknowledge:
      guard let block = TFTPPacket.number(body) else { return nil }
      self = .acknowledge(block: block)
    case .error:
      guard let code = TFTPPacket.number(body) else { return nil }
      let message = String(decoding: body.dropFirst(2).prefix { $0 != 0 }, as: UTF8.self)
      self = .error(TFTPErrorCode(rawValue: code), message: message)
    case .optionAcknowledge:
      guard let options = TFTPOption.decode(body) else { return nil }
      self = .optionAcknowledge(options)
    }
  }

  private static func number(_ body: ArraySlice<UInt8>) -> UInt16? {
    guard body.count >= 2 else { return nil }
    return UInt16(body[body.startIndex]) << 8 | UInt16(body[body.startIndex + 1])
  }

  public func encoded() -> [UInt8] {
    func header(_ opcode: Opcode, _ number: UInt16) -> [UInt8] {
      [0, opcode.rawValue, UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number)]
    }
    switch self {
    case .read(let request): return [0, Opcode.read.rawValue] + request.encoded()
    case .write(let request): return [0, Opcode.write.rawValue] + request.encoded()
    case .data(let block, let bytes): return header(.data, block) + bytes
    case .acknowledge(let block): return header(.acknowledge, block)
    case .error(let code, let message): return header(.error, code.rawValue) + Array(message.utf8) + [0]
    case .optionAcknowledge(let options):
      return [0, Opcode.optionAcknowledge.rawValue] + options.flatMap { $0.encoded() }
    }
  }
}

/// RFC 1350, appendix; RFC 2347 adds 8.
public struct TFTPErrorCode: Hashable, Sendable, RawRepresentable {
  public let rawValue: UInt16

  public init(rawValue: UInt16) { self.rawValue = rawValue }

  public static let undefined = Self(rawValue: 0)
  public static let fileNotFound = Self(rawValue: 1)
  public static let accessViolation = Self(rawValue: 2)
  public static let illegalOperation = Self(rawValue: 4)
  public static let optionsRefused = Self(rawValue: 8)
}
