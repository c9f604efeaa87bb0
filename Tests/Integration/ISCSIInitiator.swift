import Glibc
import ISCSI
import Linux
import Testing

/// A blocking initiator for what libiscsi cannot be made to do.
final class ISCSIInitiator {
  private let socket: OwnedDescriptor
  private let name: String
  private let isid: UInt64
  var cmdSN: UInt32 = 1
  /// The session's number, after `login` or `join`.
  private(set) var tsih: UInt16 = 0
  private var isOpen = true
  /// The unit that commands go to.
  var lun = 0

  convenience init(_ target: ISCSITarget, name: String, isid: UInt64) throws {
    try self.init(port: target.port, name: name, isid: isid)
  }

  /// Connects to a target on this machine.
  init(port: UInt16, name: String, isid: UInt64) throws {
    self.name = name
    self.isid = isid
    socket = OwnedDescriptor(
      owning: try syscall("make a socket") { Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) })
    let number = socket.number
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    try syscall("connect to port \(port)") {
      withUnsafeBytes(of: &address) { bytes in
        bytes.baseAddress.map {
          connect(number, $0.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        } ?? -1
      }
    }
    var patience = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
  }

  func close() {
    shutdown(socket.number, Int32(SHUT_RDWR))
    isOpen = false
  }

  /// Sends a PDU.
  func send(_ data: [UInt8] = [], encode: (UnsafeMutableRawPointer) -> Void) throws {
    var bytes = [UInt8](repeating: 0, count: BasicHeader.length)
    bytes.withUnsafeMutableBytes { if let base = $0.baseAddress { encode(base) } }
    try sendRaw(bytes + data + [UInt8](repeating: 0, count: paddedLength(data.count) - data.count))
  }

  func sendRaw(_ bytes: [UInt8]) throws {
    let number = socket.number
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = try syscall("send") {
        rest.withUnsafeBytes { Glibc.send(number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      }
      rest = rest.dropFirst(count)
    }
  }

  /// Receives one PDU: its header and its data.
  func receive() throws -> (header: [UInt8], data: [UInt8]) {
    let header = try receiveExactly(BasicHeader.length)
    let length = header.withUnsafeBytes { BasicHeader($0)?.dataLength ?? 0 }
    return (header, Array(try receiveExactly(paddedLength(length)).prefix(length)))
  }

  /// Receives one PDU and reads its header.
  func receive<PDU>(_ decode: (BasicHeader) -> PDU) throws -> PDU {
    let (header, _) = try receive()
    return try #require(header.withUnsafeBytes { BasicHeader($0).map(decode) })
  }

  func receiveExactly(_ count: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    let number = socket.number
    while done < count {
      let received = try syscall("receive") {
        bytes.withUnsafeMutableBytes { recv(number, $0.baseAddress.map { $0 + done }, count - done, 0) }
      }
      try #require(received > 0, "the target closed the connection")
      done += received
    }
    return bytes
  }

  /// Whether the target ends the connection within ten seconds.
  func isClosedByTarget() -> Bool {
    var byte: UInt8 = 0
    return recv(socket.number, &byte, 1, 0) == 0
  }

  /// Logs in from the operational stage.
  func login(_ pairs: [String] = ["MaxRecvDataSegmentLength=262144", "InitialR2T=No", "ImmediateData=Yes"])
    throws
  {
    let response = try answer(pairs, tsih: 0, cid: 0)
    try #require(response.status == .success)
    try #require(response.nextStage == .fullFeature)
    tsih = response.tsih
    // The first command is told that the unit was just powered on.
    _ = try command(CommandDescriptorBlock([0]))
  }

  /// Adds this connection to the session of another.
  func join(_ first: ISCSIInitiator, cid: UInt16) throws {
    cmdSN = first.cmdSN
    try #require(try tryJoin(tsih: first.tsih, cid: cid) == .success)
    tsih = first.tsih
  }

  /// The target's answer to the wish to join a session.
  func tryJoin(tsih: UInt16, cid: UInt16) throws -> LoginStatus {
    try answer(["MaxRecvDataSegmentLength=262144"], tsih: tsih, cid: cid).status
  }

  private func answer(_ pairs: [String], tsih: UInt16, cid: UInt16) throws -> LoginResponsePDU {
    let text = ["InitiatorName=\(name)", "TargetName=\(ISCSITarget.iqn)", "SessionType=Normal"] + pairs
    var request = LoginRequestPDU(initiatorTaskTag: 0, cmdSN: cmdSN)
    request.currentStage = .operational
    request.nextStage = .fullFeature
    request.wantsTransit = true
    request.isid = ISID(isid)
    request.tsih = tsih
    request.cid = cid
    let data: [UInt8] = text.flatMap { Array($0.utf8) + [0] }
    request.dataLength = data.count
    try send(data) { request.encode(to: $0) }
    return try receive { LoginResponsePDU($0) }
  }

  /// CmdSN of a command that the caller sends by itself.
  func takeCommandNumber() -> UInt32 {
    cmdSN += 1
    return cmdSN - 1
  }

  /// Sends a command without waiting; `dataOut` goes along as immediate data.
  func start(tag: UInt32, _ cdb: CommandDescriptorBlock, read: Int = 0, write: Int = 0, dataOut: [UInt8] = [])
    throws
  {
    var command = SCSICommandPDU(initiatorTaskTag: tag, cmdSN: cmdSN, cdb: cdb)
    command.lun = UInt64(lun) << 48
    command.isRead = read > 0
    command.isWrite = write > 0
    command.expectedLength = UInt32(max(read, write))
    command.dataLength = dataOut.count
    cmdSN += 1
    try send(dataOut) { command.encode(to: $0) }
  }

  /// Carries out a command without Data-In and returns its status.
  func command(_ cdb: CommandDescriptorBlock, write: Int = 0, dataOut: [UInt8] = []) throws -> UInt8 {
    try start(tag: cmdSN, cdb, write: write, dataOut: dataOut)
    return try receive { SCSIResponsePDU($0) }.status
  }
}
