import SCSI
import Testing

/// Carries commands out on a medium in memory, the way the service does, and checks every step on the way.
final class Disk {
  let inventory: LogicalUnitInventory
  let unit: LogicalUnit
  var medium: [UInt8]
  /// Every step but `finish`, in order.
  private(set) var steps: [CommandStep] = []
  /// Fails the next step that touches the medium with this errno.
  var failure: Int32?
  /// Times that writes of others were held off.
  private(set) var exclusions = 0
  /// The record of reservations that is kept, and how often it was replaced.
  private(set) var kept: [UInt8]?
  private(set) var saves = 0
  /// What the medium says that it has; nil: all of it.
  var provisioning: [(isDeallocated: Bool, end: UInt64)]?
  /// The blocks that sanitize operations have written all over the medium.
  private(set) var written: [[UInt8]] = []
  /// What a step asked for that it may not.
  private(set) var faults: [String] = []
  private let workspace = UnsafeMutableRawBufferPointer.allocate(
    byteCount: CommandExecution.workspaceLength, alignment: 16)

  init(
    blocks: Int = 1024, blockLength: Int = 512, writeProtected: Bool = false,
    deallocation: LogicalUnit.Deallocation = .readsZeros, volatileCache: Bool = true,
    type: PeripheralDeviceType = .directAccessBlock, isRemovable: Bool = false, targetPorts: [UInt16] = [1],
    configure: (inout LogicalUnit.Configuration) -> Void = { _ in }
  ) throws {
    inventory = LogicalUnitInventory(targetPorts: targetPorts)
    let geometry = try #require(
      MediumGeometry(blockLength: blockLength, physicalBlockExponent: 3, blockCount: UInt64(blocks)))
    let identity = LogicalUnitIdentity(
      vendor: "RAMDISK", product: "iSCSI disk", revision: "1.0", serialNumber: "0123456789abcdef",
      naa: 0x3123_4567_89AB_CDEF, targetName: "iqn.2024-01.example:disk")
    var configuration = LogicalUnit.Configuration(
      identity: identity, geometry: geometry, isWriteProtected: writeProtected,
      hasVolatileWriteCache: volatileCache, deallocation: deallocation)
    configuration.type = type
    configuration.isRemovable = isRemovable
    configure(&configuration)
    unit = LogicalUnit(configuration: configuration, inventory: inventory)
    medium = [UInt8](repeating: 0, count: blocks * blockLength)
    inventory.add(unit, at: try #require(LogicalUnitNumber(0)))
  }

  /// A CD or DVD in its drive; only as much of it as `blocks` has bytes.
  static func drive(blocks: Int = 1000) throws -> Disk {
    try Disk(
      blocks: blocks, blockLength: 2048, writeProtected: true, deallocation: .unsupported, type: .multimedia)
  }

  deinit { workspace.deallocate() }

  struct Answer {
    var status: CommandStatus
    var dataIn: [UInt8]
    var transferLength: Int
    var isGood: Bool { status == .good }
    /// Sense key and code as `0x52400`, nil without sense data.
    var sense: UInt32? {
      if case .checkCondition(let sense) = status {
        UInt32(sense.key) << 16 | UInt32(sense.code)
      } else {
        nil
      }
    }
  }

  /// A nexus that has been told of its power-on already.
  func login(_ name: String = "iqn.2024-01.example:initiator", isid: UInt64 = 1) -> Nexus {
    let nexus = unit.attach(InitiatorPort(name: name, isid: isid))
    _ = run([0x00, 0, 0, 0, 0, 0], nexus)
    return nexus
  }

  /// Runs one command to its end.
  ///
  /// - Parameter expecting: Expected Data Transfer Length of Data-In.
  @discardableResult
  func run(_ cdb: [UInt8], _ nexus: Nexus, expecting: Int = 1 << 20, dataOut: [UInt8] = []) -> Answer {
    var execution = CommandExecution()
    steps = []
    var answer = Answer(status: .busy, dataIn: [], transferLength: 0)
    var arrived = 0
    var gathered: [UInt8] = []
    var step = cdb.withUnsafeBytes {
      execution.start(
        cdb: $0, on: unit, nexus: nexus, expectedDataIn: expecting, expectedDataOut: dataOut.count,
        workspace: workspace)
    }
    while true {
      if case .finish(let status) = step {
        answer.status = status
        answer.transferLength = execution.transferLength
        return answer
      }
      steps.append(step)
      if steps.count > 100_000 {
        faults.append("no end of steps")
        return answer
      }
      let result = carryOut(
        step, expecting: expecting, dataOut: dataOut, arrived: &arrived, gathered: &gathered,
        dataIn: &answer.dataIn)
      step = gathered.withUnsafeBytes {
        execution.resume(result, on: unit, nexus: nexus, dataOut: $0, workspace: workspace)
      }
    }
  }

  private func carryOut(
    _ step: CommandStep, expecting: Int, dataOut: [UInt8], arrived: inout Int, gathered: inout [UInt8],
    dataIn: inout [UInt8]
  ) -> StepResult {
    if let failure, touchesMedium(step) {
      self.failure = nil
      return .failed(errno: failure)
    }
    switch local(step) {
    case .sendMedium(let extent):
      if let range = range(extent) { dataIn += medium[range].prefix(expecting) }
    case .receiveToMedium(let extent, _):
      guard let range = range(extent), arrived + extent.length <= dataOut.count else {
        faults.append("receives more than was offered: \(step)")
        return .done
      }
      medium.replaceSubrange(range, with: dataOut[arrived..<arrived + extent.length])
      arrived += extent.length
    case .receive(let length):
      guard length <= CommandExecution.workspaceLength, length > 0, arrived + length <= dataOut.count else {
        faults.append("gathers too much: \(step)")
        return .done
      }
      gathered = Array(dataOut[arrived..<arrived + length])
      arrived += length
    case .load(let extent):
      guard let range = range(extent), extent.length <= workspace.count else {
        faults.append("loads too much: \(step)")
        return .done
      }
      medium[range].withUnsafeBytes { workspace.copyMemory(from: $0) }
    case .store(let extent, let memory, let offset, _):
      let available = memory == .dataOut ? gathered.count : workspace.count
      guard let range = range(extent), offset >= 0, offset + extent.length <= available else {
        faults.append("stores what is not there: \(step)")
        return .done
      }
      let part = offset..<offset + extent.length
      if memory == .dataOut {
        medium.replaceSubrange(range, with: gathered[part])
      } else {
        medium.replaceSubrange(range, with: workspace[part])
      }
    case .storeAtomically(let extent, _):
      guard let range = range(extent), extent.length <= gathered.count else {
        faults.append("stores what is not there: \(step)")
        return .done
      }
      medium.replaceSubrange(range, with: gathered[..<extent.length])
    case .loadFrom, .storeTo: return .failed(errno: 19)
    case .exclude: exclusions += 1
    case .admit: break
    case .keepReservations:
      unit.keepReservations { record in
        kept = record
        saves += 1
      }
    case .sanitize(let waits):
      if waits { return sanitize() ? .done : .failed(errno: 5) }
    case .survey(let offset, let runs): survey(from: offset, runs: runs)
    case .abortPreempted(let preemption): unit.preemptedTasksHaveEnded(preemption)
    case .deallocate(let extent), .zero(let extent):
      if let range = range(extent) {
        medium.replaceSubrange(range, with: repeatElement(0, count: extent.length))
      }
    case .prefetch(let extent): _ = range(extent)
    case .sendWorkspace(let length):
      guard length <= workspace.count, length > 0 else {
        faults.append("sends too much: \(step)")
        return .done
      }
      dataIn += workspace[..<length].prefix(expecting)
    case .flush, .finish: break
    }
    return .done
  }

  /// Carries out the sanitize operation that has begun, or fails it.
  @discardableResult
  func sanitize() -> Bool {
    guard let operation = unit.sanitizeOperation else {
      faults.append("nothing to sanitize")
      return false
    }
    if failure != nil {
      failure = nil
      unit.sanitizeEnded(.failed)
      return false
    }
    for pass in 0..<operation.passes {
      let block = operation.pattern == nil ? [0] : operation.block(ofPass: pass)
      written.append(block)
      for index in medium.indices { medium[index] = block[index % block.count] }
    }
    unit.sanitizeEnded(.succeeded)
    return true
  }

  private func survey(from offset: UInt64, runs: Int) {
    var survey = ProvisioningSurvey(in: workspace)
    let all = provisioning ?? [(false, UInt64(medium.count))]
    for run in all where run.end > offset && survey.count <= runs {
      survey.append(isDeallocated: run.isDeallocated, end: run.end)
    }
  }

  /// A step on another unit that is this one after all.
  private func local(_ step: CommandStep) -> CommandStep {
    switch step {
    case .loadFrom(let number, let extent) where number.value == 0: .load(extent)
    case .storeTo(let number, let extent, let durable) where number.value == 0:
      .store(extent, from: .workspace, offset: 0, durable: durable)
    default: step
    }
  }

  private func touchesMedium(_ step: CommandStep) -> Bool {
    switch step {
    case .receive, .sendWorkspace, .sanitize, .finish, .prefetch, .exclude, .admit, .abortPreempted: false
    default: true
    }
  }

  /// The bytes of an extent; one that is not inside the medium or not of whole blocks is a fault.
  private func range(_ extent: MediumExtent) -> Range<Int>? {
    guard let start = Int(exactly: extent.offset), extent.length > 0, start <= medium.count - extent.length,
      start % unit.blockLength == 0, extent.length % unit.blockLength == 0
    else {
      faults.append("outside the medium: \(extent)")
      return nil
    }
    return start..<start + extent.length
  }
}

/// Big-endian bytes of a number.
func bytes<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
  withUnsafeBytes(of: value.bigEndian) { Array($0) }
}

/// A 10-byte block command.
func block10(_ code: UInt8, flags: UInt8 = 0, lba: UInt32, count: UInt16) -> [UInt8] {
  [code, flags] + bytes(lba) + [0] + bytes(count) + [0]
}

/// A 16-byte block command.
func block16(_ code: UInt8, flags: UInt8 = 0, lba: UInt64, count: UInt32) -> [UInt8] {
  [code, flags] + bytes(lba) + bytes(count) + [0, 0]
}

/// Repeatable bytes that differ from block to block.
func pattern(_ count: Int, seed: UInt8 = 1) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 / 512 &* 7) &+ seed }
}
