import Linux

/// The options of a packet, in their order; an option that comes in several parts is one value (RFC 3396).
public struct DHCPOptions: Hashable, Sendable {
  private var entries: [(code: UInt8, value: [UInt8])] = []

  public init() {}

  /// The value of an option; setting nil removes it, setting another replaces it where it stands.
  public subscript(code: DHCPOptionCode) -> [UInt8]? {
    get { entries.first { $0.code == code.rawValue }?.value }
    set {
      guard let newValue else {
        entries.removeAll { $0.code == code.rawValue }
        return
      }
      if let index = entries.firstIndex(where: { $0.code == code.rawValue }) {
        entries[index].value = newValue
      } else {
        entries.append((code.rawValue, newValue))
      }
    }
  }

  /// Codes present, in their order.
  public var codes: [DHCPOptionCode] { entries.map { DHCPOptionCode(rawValue: $0.code) } }

  /// Adds what one options field holds; a part of an option already there continues it.
  ///
  /// An option cut off by the end of the field is dropped, and with it what follows: ROMs do send such.
  mutating func parse(_ field: some Collection<UInt8>) {
    var rest = field[...]
    while let code = rest.popFirst(), code != DHCPOptionCode.end {
      if code == DHCPOptionCode.pad { continue }
      guard let length = rest.popFirst(), rest.count >= Int(length) else { return }
      let value = rest.prefix(Int(length))
      rest = rest.dropFirst(Int(length))
      if let index = entries.firstIndex(where: { $0.code == code }) {
        entries[index].value += value
      } else {
        entries.append((code, Array(value)))
      }
    }
  }

  /// As they stand in a packet, with the end mark; values above 255 bytes in several parts (RFC 3396).
  func encoded() -> [UInt8] {
    var bytes: [UInt8] = []
    for (code, value) in entries {
      var rest = value[...]
      repeat {
        let part = rest.prefix(255)
        bytes += [code, UInt8(truncatingIfNeeded: part.count)] + part
        rest = rest.dropFirst(255)
      } while !rest.isEmpty
    }
    return bytes + [DHCPOptionCode.end]
  }

  public static func == (left: Self, right: Self) -> Bool {
    left.entries.elementsEqual(right.entries) { $0.code == $1.code && $0.value == $1.value }
  }

  public func hash(into hasher: inout Hasher) {
    for (code, value) in entries {
      hasher.combine(code)
      hasher.combine(value)
    }
  }
}

extension DHCPOptions {
  public func byte(_ code: DHCPOptionCode) -> UInt8? {
    guard let value = self[code], value.count == 1 else { return nil }
    return value[0]
  }

  public func number(_ code: DHCPOptionCode) -> UInt32? {
    guard let value = self[code], value.count == 4 else { return nil }
    return value.reduce(0) { $0 << 8 | UInt32($1) }
  }

  public func address(_ code: DHCPOptionCode) -> IPv4Address? {
    self[code].flatMap { IPv4Address(bytes: $0.prefix(4)) }
  }

  /// A list of addresses; bytes left over are ignored.
  public func addresses(_ code: DHCPOptionCode) -> [IPv4Address] {
    let value = self[code] ?? []
    return stride(from: 0, to: value.count - value.count % 4, by: 4).compactMap {
      IPv4Address(bytes: value[$0..<($0 + 4)])
    }
  }

  /// Text up to the first NUL; what is not UTF-8 is replaced.
  public func text(_ code: DHCPOptionCode) -> String? {
    self[code].map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  public mutating func set(_ code: DHCPOptionCode, number: UInt32) {
    self[code] = IPv4Address(value: number).bytes
  }

  /// Leaves the option out when there is no address.
  public mutating func set(_ code: DHCPOptionCode, addresses: [IPv4Address]) {
    self[code] = addresses.isEmpty ? nil : addresses.flatMap { $0.bytes }
  }

  public mutating func set(_ code: DHCPOptionCode, text: String) { self[code] = Array(text.utf8) }

  /// With a NUL at the end, which some ROMs need.
  public mutating func set(_ code: DHCPOptionCode, terminated text: String) {
    self[code] = Array(text.utf8) + [0]
  }
}
