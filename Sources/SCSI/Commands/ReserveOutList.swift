/// The parameter list of PERSISTENT RESERVE OUT (SPC-4 6.16.3, and 6.16.4 for REGISTER AND MOVE).
struct ReserveOutList: Hashable {
  /// RESERVATION KEY and SERVICE ACTION RESERVATION KEY.
  let key: UInt64
  let actionKey: UInt64
  var allTargetPorts = false
  /// UNREG: REGISTER AND MOVE takes away the registration that it came from.
  var unregisters = false
  /// APTPL: registrations and reservation are to outlive a loss of power.
  var isKept = false
  /// Whom to register too (SPEC_I_PT), or where to move the reservation.
  var ports: [InitiatorPort] = []

  /// The longest list that is taken.
  static let longest = 8192

  struct Refusal: Error {
    let sense: Sense
  }

  /// - Parameters:
  ///   - targetPorts: the relative target port identifiers that there are.
  ///   - mayBeKept: whether there is a place to keep registrations in; APTPL is refused without.
  static func read(
    _ list: UnsafeRawBufferPointer, for command: Command, targetPorts: [UInt16], mayBeKept: Bool
  ) -> Result<ReserveOutList, Refusal> {
    guard list.count >= 24, let key = list.bigEndian(UInt64.self, at: 0),
      let actionKey = list.bigEndian(UInt64.self, at: 8)
    else { return .failure(Refusal(sense: .parameterListLengthError)) }
    var result = ReserveOutList(key: key, actionKey: actionKey)
    let flags = command == .registerAndMove ? 17 : 20
    result.isKept = command.isRegistration && list[flags] & 0x01 != 0
    if result.isKept, !mayBeKept { return invalid(flags, bit: 0) }
    return command == .registerAndMove
      ? readMove(list, result, targetPorts) : readOther(list, result, command)
  }

  private static func readOther(
    _ list: UnsafeRawBufferPointer, _ start: ReserveOutList, _ command: Command
  ) -> Result<ReserveOutList, Refusal> {
    var result = start
    let flags = list[20]
    let isRegister = command == .register || command == .registerAndIgnoreExistingKey
    result.allTargetPorts = isRegister && flags & 0x04 != 0
    guard flags & 0x08 != 0 else { return list.count == 24 ? .success(result) : tooLong }
    // SPEC_I_PT is for REGISTER alone.
    guard command == .register else { return invalid(20, bit: 3) }
    guard let length = list.bigEndian(UInt32.self, at: 24), Int(length) == list.count - 28 else {
      return .failure(Refusal(sense: .parameterListLengthError))
    }
    var offset = 28
    while offset < list.count {
      guard let (port, count) = InitiatorPort.read(list, at: offset) else { return invalid(offset) }
      result.ports.append(port)
      offset += count
    }
    return .success(result)
  }

  private static func readMove(
    _ list: UnsafeRawBufferPointer, _ start: ReserveOutList, _ targetPorts: [UInt16]
  ) -> Result<ReserveOutList, Refusal> {
    var result = start
    result.unregisters = list[17] & 0x02 != 0
    guard start.actionKey != 0 else { return invalid(8) }
    // RELATIVE TARGET PORT IDENTIFIER.
    guard let port = list.bigEndian(UInt16.self, at: 18), targetPorts.contains(port) else {
      return invalid(18)
    }
    guard let length = list.bigEndian(UInt32.self, at: 20), length >= 24, Int(length) == list.count - 24
    else {
      return .failure(Refusal(sense: .parameterListLengthError))
    }
    guard let (port, count) = InitiatorPort.read(list, at: 24), count == list.count - 24 else {
      return invalid(24)
    }
    result.ports = [port]
    return .success(result)
  }

  private static func invalid(_ byte: Int, bit: Int? = nil) -> Result<ReserveOutList, Refusal> {
    .failure(Refusal(sense: .invalidField(parameterByte: byte, bit: bit)))
  }

  private static var tooLong: Result<ReserveOutList, Refusal> {
    .failure(Refusal(sense: .parameterListLengthError))
  }
}

extension Command {
  /// Whether it is a PERSISTENT RESERVE OUT whose APTPL bit counts.
  var isRegistration: Bool {
    switch self {
    case .register, .registerAndIgnoreExistingKey, .registerAndMove: true
    default: false
    }
  }
}
