/// Name of a variable of the UEFI firmware (UEFI 2.10, 8.2): a text and the GUID of who defines it.
public struct FirmwareVariable: Codable, Hashable, Sendable, CustomStringConvertible {
  public var name: String
  /// Lower case, as efivarfs names files.
  public var vendor: String

  /// Variables of the specification itself: `BootOrder`, `Boot0001`, `SecureBoot`.
  public static func global(_ name: String) -> FirmwareVariable {
    FirmwareVariable(name: name, vendor: "8be4df61-93ca-11d2-aa0d-00e098032b8c")
  }

  /// Variables between boot loaders and systemd (systemd.io, Boot Loader Interface).
  public static func loader(_ name: String) -> FirmwareVariable {
    FirmwareVariable(name: name, vendor: "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f")
  }

  public var description: String { "\(name)-\(vendor)" }
}

/// What a variable holds.
public struct FirmwareValue: Codable, Hashable, Sendable {
  public var bytes: [UInt8]
  /// Bits of UEFI 2.10, 8.2.1.
  public var attributes: UInt32

  /// Kept when the machine is off, and reachable for boot loaders and the running system.
  public static let persistent: UInt32 = 7

  public init(_ bytes: [UInt8], attributes: UInt32 = persistent) {
    self.bytes = bytes
    self.attributes = attributes
  }
}

/// The variables of the firmware of the machine whose system is installed into; tests put a table in their place.
public protocol FirmwareVariables: Sendable {
  /// Whether there are variables at all: UEFI, and efivarfs mounted.
  var isPresent: Bool { get }
  /// Whether they can be changed: not in containers that mount efivarfs read-only.
  var isWritable: Bool { get }
  /// All names, in no order.
  func names() throws -> [FirmwareVariable]
  /// nil when there is no such variable.
  func read(_ variable: FirmwareVariable) throws -> FirmwareValue?
  /// Makes or replaces a variable.
  func write(_ variable: FirmwareVariable, _ value: FirmwareValue) throws
  /// Removes a variable; one that is not there is no error.
  func remove(_ variable: FirmwareVariable) throws
}

extension FirmwareVariables {
  /// A variable as text in UTF-16, up to its NUL; nil when it is missing, empty or unreadable.
  public func text(_ variable: FirmwareVariable) -> String? {
    guard let bytes = (try? read(variable))?.bytes else { return nil }
    let text = UTF16Text.decoded(bytes)
    return text.isEmpty ? nil : text
  }
}

/// The firmware of a machine that has no variables, or is not this one.
public struct AbsentFirmware: FirmwareVariables {
  public init() {}
  public var isPresent: Bool { false }
  public var isWritable: Bool { false }
  public func names() -> [FirmwareVariable] { [] }
  public func read(_ variable: FirmwareVariable) -> FirmwareValue? { nil }
  public func write(_ variable: FirmwareVariable, _ value: FirmwareValue) throws {
    throw FirmwareError(attempt: "write \(variable)", reason: "this system has no UEFI variables")
  }
  public func remove(_ variable: FirmwareVariable) throws {
    throw FirmwareError(attempt: "remove \(variable)", reason: "this system has no UEFI variables")
  }
}

/// The firmware refused something.
public struct FirmwareError: Error, Hashable, Sendable, CustomStringConvertible {
  public let attempt: String
  public let reason: String
  public var description: String { "cannot \(attempt): \(reason)" }
}

/// Text as firmware stores it: UTF-16, little-endian, with a NUL at its end.
enum UTF16Text {
  static func encoded(_ text: String) -> [UInt8] {
    (Array(text.utf16) + [0]).flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
  }

  /// Up to the first NUL, or to the end; half a unit at the end is passed over.
  static func decoded(_ bytes: [UInt8]) -> String {
    let units = stride(from: 0, to: bytes.count - bytes.count % 2, by: 2).map {
      UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8
    }
    return String(decoding: units.prefix { $0 != 0 }, as: UTF16.self)
  }
}
