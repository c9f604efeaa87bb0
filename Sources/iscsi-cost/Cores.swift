import ISCSI
import SCSI

/// A session and a unit without anything around them, and a batch of commands in memory.
final class Cores {
  /// Commands of 4 KiB in a batch.
  static let batch = 32
  private static let length = 4096

  private var phase: FullFeaturePhase
  private let framing = Framing(maximumDataLength: 262_144)
  private let unit: LogicalUnit
  private let nexus: Nexus
  private let executions: UnsafeMutableBufferPointer<CommandExecution>
  private let input: UnsafeMutableRawBufferPointer
  private let output = UnsafeMutableRawBufferPointer.allocate(byteCount: 8192, alignment: 64)
  private var places: [Int] = []
  private var cmdSN: UInt32 = 1

  init?(writes: Bool) {
    let inventory = LogicalUnitInventory()
    guard let number = LogicalUnitNumber(0),
      let geometry = MediumGeometry(blockLength: 512, physicalBlockExponent: 3, blockCount: 1 << 20)
    else { return nil }
    let identity = LogicalUnitIdentity(
      vendor: "RAMDISK", product: "iSCSI disk", revision: "1", serialNumber: "0123456789abcdef",
      naa: 0x3123_4567_89AB_CDEF, targetName: "iqn.2025-01.net.example:cost")
    unit = LogicalUnit(configuration: .init(identity: identity, geometry: geometry), inventory: inventory)
    inventory.add(unit, at: number)
    nexus = unit.attach(InitiatorPort(name: "iqn.2025-01.net.example:cost", isid: 1))
    var parameters = OperationalParameters()
    parameters.initialR2T = false
    parameters.initiatorMaximumDataLength = 262_144
    parameters.targetMaximumDataLength = 262_144
    phase = FullFeaturePhase(
      login: EstablishedLogin(
        identity: LoginIdentity(initiatorName: "iqn.2025-01.net.example:cost", type: .normal, isid: ISID(1)),
        tsih: 1, parameters: parameters, numbers: SequenceNumbers(statSN: 1, expCmdSN: 1, maxCmdSN: 128),
        queueDepth: 128))
    executions = .allocate(capacity: phase.slotCount)
    executions.initialize(repeating: CommandExecution())
    let pduLength = BasicHeader.length + (writes ? Self.length : 0)
    input = .allocate(byteCount: pduLength * Self.batch, alignment: 64)
    input.initializeMemory(as: UInt8.self, repeating: 0)
    for index in 0..<Self.batch {
      let code: UInt8 = writes ? 0x2A : 0x28
      var command = SCSICommandPDU(
        initiatorTaskTag: UInt32(index), cmdSN: 0,
        cdb: CommandDescriptorBlock([code, 0, 0, 0, UInt8(index), 0, 0, 0, 8]))
      command.isRead = !writes
      command.isWrite = writes
      command.expectedLength = UInt32(Self.length)
      command.dataLength = writes ? Self.length : 0
      places.append(index * pduLength)
      if let base = input.baseAddress { command.encode(to: base + index * pduLength) }
    }
    // Takes the unit attention of a new nexus.
    _ = pass()
  }

  deinit {
    executions.deallocate()
    input.deallocate()
    output.deallocate()
  }

  /// Feeds the batch once.
  ///
  /// - Returns: commands that ended with GOOD.
  @inline(never)
  func pass() -> Int {
    for place in places {
      input.storeBytes(of: cmdSN.bigEndian, toByteOffset: place + 24, as: UInt32.self)
      cmdSN &+= 1
    }
    var position = 0
    var good = 0
    while position < input.count {
      let rest = UnsafeRawBufferPointer(rebasing: input[position...])
      guard case .pdu(let frame) = framing.next(in: rest) else { return good }
      position += frame.length
      good += handle(frame)
    }
    return good
  }

  @inline(__always)
  private func handle(_ frame: PDUFrame) -> Int {
    guard case .command(let slot, _) = phase.receive(frame.header, additional: frame.additional),
      let base = output.baseAddress
    else { return 0 }
    let task = phase[slot]
    let step = executions[slot].start(
      cdb: UnsafeRawBufferPointer(start: frame.header.bytes + 32, count: 16), on: unit, nexus: nexus,
      expectedDataIn: task.expectedDataIn, expectedDataOut: task.expectedDataOut,
      workspace: UnsafeMutableRawBufferPointer(start: nil, count: 0))
    switch step {
    case .sendMedium(let extent):
      phase.dataIn(slot, length: extent.length, isLast: true, good: Residual.none).encode(to: base)
      _ = framing.seal(base, dataLength: extent.length)
      return 1
    case .receiveToMedium(let extent, _):
      phase.demand(slot, upTo: extent.length)
      let after = executions[slot].resume(
        .done, on: unit, nexus: nexus, dataOut: UnsafeRawBufferPointer(start: nil, count: 0),
        workspace: UnsafeMutableRawBufferPointer(start: nil, count: 0))
      phase.response(slot, status: 0, residual: .none).encode(to: base)
      _ = framing.seal(base, dataLength: 0)
      return after == .finish(.good) ? 1 : 0
    default:
      phase.response(slot, status: 2, residual: .none).encode(to: base)
      return 0
    }
  }
}
