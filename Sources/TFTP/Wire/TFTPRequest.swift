/// A read or write request: which file, how, with which options.
public struct TFTPRequest: Hashable, Sendable {
  /// As the client wrote it.
  public var name: String
  /// Lower case: `octet`, `netascii`.
  public var mode: String
  public var options: [TFTPOption]

  public init(name: String, mode: String = "octet", options: [TFTPOption] = []) {
    self.name = name
    self.mode = mode
    self.options = options
  }

  init?(decoding body: ArraySlice<UInt8>) {
    var rest = body
    guard let name = rest.popString(), let mode = rest.popString() else { return nil }
    self.name = name
    self.mode = mode.lowercased()
    // Some ROMs fill the packet up with zeroes; a broken rest is no reason to refuse the file.
    options = TFTPOption.decode(rest) ?? []
  }

  func encoded() -> [UInt8] {
    Array(name.utf8) + [0] + Array(mode.utf8) + [0] + options.flatMap { $0.encoded() }
  }
}

/// An option and its value (RFC 2347).
public struct TFTPOption: Hashable, Sendable {
  /// Lower case: names are compared without regard to case.
  public let name: String
  public let value: String

  public init(_ name: String, _ value: String) {
    self.name = name.lowercased()
    self.value = value
  }

  /// Pairs of strings up to the end or to an empty name; nil if one is cut off.
  static func decode(_ body: ArraySlice<UInt8>) -> [TFTPOption]? {
    var rest = body
    var options: [TFTPOption] = []
    while let first = rest.first, first != 0 {
      guard let name = rest.popString(), let value = rest.popString() else { return nil }
      options.append(TFTPOption(name, value))
    }
    return options
  }

  func encoded() -> [UInt8] { Array(name.utf8) + [0] + Array(value.utf8) + [0] }
}

extension ArraySlice<UInt8> {
  /// Takes a string with its NUL off the front; nil if there is no NUL.
  fileprivate mutating func popString() -> String? {
    guard let end = firstIndex(of: 0) else { return nil }
    let text = String(decoding: self[startIndex..<end], as: UTF8.self)
    self = self[(end + 1)...]
    return text
  }
}
