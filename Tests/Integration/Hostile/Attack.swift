import Glibc
import ISCSI
import Linux

/// What a hostile peer does, for as long as the value lives.
enum Attack: CaseIterable {
  case slowLogins
  case silentConnections
  case endlessLoginText
  case endlessText
  case wrongLengths
  case dataOutOfPlace
  case thousandsOfConnections
  case readsNothing
  case keepsDataBack

  /// Opens fire. The connections stay open until the returned values are gone.
  func begin(port: UInt16) throws -> [ISCSIInitiator] {
    switch self {
    case .slowLogins: try Self.many(200, port) { try $0.sendRaw([0x43]) }
    case .silentConnections: try Self.many(400, port) { _ in }
    case .endlessLoginText: try Self.many(20, port) { try Self.sendEndlessLogin($0) }
    case .endlessText: try Self.sessions(20, port) { try Self.sendEndlessText($0) }
    case .wrongLengths: try Self.sendWrongLengths(port)
    case .dataOutOfPlace: try Self.sessions(8, port) { try Self.sendDataOutOfPlace($0) }
    case .thousandsOfConnections: try Self.connectAndLeave(3000, port)
    case .readsNothing: try Self.sessions(16, port) { try Self.askAndReadNothing($0) }
    case .keepsDataBack: try Self.sessions(16, port) { try Self.announceAndSendNothing($0) }
    }
  }

  private static func many(_ count: Int, _ port: UInt16, _ act: (ISCSIInitiator) throws -> Void) throws
    -> [ISCSIInitiator]
  {
    try (0..<count).map { (number) throws -> ISCSIInitiator in
      let peer = try ISCSIInitiator(port: port, name: "iqn.hostile", isid: UInt64(number))
      // The target may have had enough of it.
      try? act(peer)
      return peer
    }
  }

  private static func sessions(_ count: Int, _ port: UInt16, _ act: (ISCSIInitiator) throws -> Void) throws
    -> [ISCSIInitiator]
  {
    try (0..<count).map { (number) throws -> ISCSIInitiator in
      let peer = try ISCSIInitiator(port: port, name: "iqn.a", isid: UInt64(number) + 1)
      try peer.login()
      try? act(peer)
      return peer
    }
  }

  /// A login whose text always goes on in the next request.
  private static func sendEndlessLogin(_ peer: ISCSIInitiator) throws {
    var request = LoginRequestPDU(initiatorTaskTag: 0, cmdSN: 1)
    request.currentStage = .operational
    request.isContinued = true
    let text = [UInt8](repeating: UInt8(ascii: "x"), count: 8192)
    request.dataLength = text.count
    for _ in 0..<200 { try peer.send(text) { request.encode(to: $0) } }
  }

  private static func sendEndlessText(_ peer: ISCSIInitiator) throws {
    for number in 0..<500 {
      var request = TextRequestPDU(initiatorTaskTag: 7, cmdSN: peer.cmdSN)
      request.isImmediate = true
      request.isFinal = false
      request.isContinued = true
      if number > 0 { request.targetTransferTag = 1 }
      let text = [UInt8](repeating: UInt8(ascii: "y"), count: 8192)
      request.dataLength = text.count
      try peer.send(text) { request.encode(to: $0) }
    }
  }

  /// Headers that promise up to 16 MiB of data and 1020 bytes of additional headers, before and after login.
  private static func sendWrongLengths(_ port: UInt16) throws -> [ISCSIInitiator] {
    var peers: [ISCSIInitiator] = []
    for number in 0..<64 {
      let peer = try ISCSIInitiator(port: port, name: "iqn.a", isid: UInt64(number) + 1)
      if number.isMultiple(of: 2) { try peer.login() }
      var header = [UInt8](repeating: 0, count: BasicHeader.length)
      header[0] = number.isMultiple(of: 2) ? 0x41 : 0x43
      header[1] = 0x81
      header[4] = UInt8(number % 3 == 0 ? 0xFF : 0)
      for place in 5...7 { header[place] = UInt8(truncatingIfNeeded: number * 41 * place) }
      try? peer.sendRaw(header + [UInt8](repeating: 0xA5, count: 20_000))
      peers.append(peer)
    }
    return peers
  }

  /// Data-Out beyond the burst, before its beginning, with gaps in DataSN, without end, and for no task.
  private static func sendDataOutOfPlace(_ peer: ISCSIInitiator) throws {
    let write = StampedWrite.command(1024..<1040, durable: false)
    let wrong: [(offset: UInt32, number: UInt32)] = [
      (8192, 0), (0xFFFF_FE00, 0), (512, 0), (0, 1), (0, 0xFFFF_FFFF),
    ]
    for (tag, place) in wrong.enumerated() {
      // Nothing comes along, so that all is asked for or unsolicited.
      var command = SCSICommandPDU(
        initiatorTaskTag: UInt32(tag) + 100, cmdSN: peer.takeCommandNumber(), cdb: write)
      command.isWrite = true
      command.isFinal = false
      command.expectedLength = 8192
      try peer.send { command.encode(to: $0) }
      let data = DataOutPDU(
        initiatorTaskTag: UInt32(tag) + 100, targetTransferTag: reservedTag, dataSN: place.number,
        bufferOffset: place.offset, dataLength: 512)
      try peer.send([UInt8](repeating: 0xEE, count: 512)) { data.encode(to: $0) }
      // The command fails, and nothing was written.
      let response = try peer.receive { SCSIResponsePDU($0) }
      guard response.status == 2 else {
        throw SystemError(errno: EIO, attempt: "have data out of place refused: status \(response.status)")
      }
    }
    let stray = DataOutPDU(
      initiatorTaskTag: 9999, targetTransferTag: 0x1234_5678, dataSN: 0, bufferOffset: 0, dataLength: 512)
    for _ in 0..<1000 { try peer.send([UInt8](repeating: 0xEE, count: 512)) { stray.encode(to: $0) } }
  }

  private static func connectAndLeave(_ count: Int, _ port: UInt16) throws -> [ISCSIInitiator] {
    for number in 0..<count {
      let peer = try ISCSIInitiator(port: port, name: "iqn.hostile", isid: UInt64(number))
      if number.isMultiple(of: 3) { try? peer.sendRaw([UInt8](repeating: 0x03, count: number % 60)) }
      peer.close()
    }
    return []
  }

  /// Asks for far more than the connection holds, and takes none of it.
  private static func askAndReadNothing(_ peer: ISCSIInitiator) throws {
    for number in 0..<120 {
      // READ (10) of 1 MiB.
      let read = CommandDescriptorBlock([0x28, 0, 0, 0, UInt8(number % 8) * 8, 0, 0, 8, 0])
      try peer.start(tag: UInt32(number) + 100, read, read: 1 << 20)
    }
  }

  /// Starts as many commands as it may that gather data before they do anything, and sends none.
  private static func announceAndSendNothing(_ peer: ISCSIInitiator) throws {
    for number in 0..<120 {
      // COMPARE AND WRITE of 64 blocks.
      let compare = CommandDescriptorBlock([0x89, 0, 0, 0, 0, 0, 0, 0, 0, UInt8(number), 0, 0, 0, 64])
      try peer.start(tag: UInt32(number) + 100, compare, write: 65_536)
    }
  }
}
