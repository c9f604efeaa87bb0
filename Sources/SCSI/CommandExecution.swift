/// One command in the device server, from its descriptor block to its status.
///
/// A trivial value for a fixed slot: it holds no reference, and READ and WRITE neither allocate nor lock. The service
/// calls `start` once and `resume` after each step, until `CommandStep.finish`; a command that is dropped before that
/// (task management, a lost connection) is ended with `abandon`.
///
/// COMPARE AND WRITE and ORWRITE read, compute and write: they begin with `CommandStep.exclude`, so that nothing else
/// changes the blocks between their steps.
public struct CommandExecution: Sendable {
  /// Length in bytes that the workspace and the Data-Out buffer must have.
  public static let workspaceLength = 65_536

  /// Bytes that the command transfers to or from the initiator by its descriptor block, whatever was expected: with
  /// the Expected Data Transfer Length it makes the residual of a GOOD status (RFC 7143 11.4.5).
  public private(set) var transferLength = 0

  var cdb = CommandDescriptorBlock(UnsafeRawBufferPointer(start: nil, count: 0))
  var expectedDataIn = 0
  var expectedDataOut = 0
  var phase = Phase.single
  /// Where the medium is accessed next, and how much of it is left.
  var cursor = MediumExtent(offset: 0, length: 0)
  /// The next descriptor of a parameter list.
  var index = 0
  /// EXTENDED COPY: where the next part comes from; what has been copied is in the unit's `CopyRecord`.
  var copySource: UInt64 = 0
  /// EXTENDED COPY: the record that this command keeps, by nexus and list identifier.
  var copy: CopyRecord.Key?

  /// Where a command of several steps stands once the step that was returned last has been carried out.
  enum Phase: UInt8, Sendable {
    /// One step, then GOOD.
    case single
    case received, excluded, loaded, stored, admitted, cleared, flushed, surveyed
  }

  public init() {}

  /// Whether a command needs a workspace and a Data-Out buffer; without, both may be empty.
  public static func needsWorkspace(operationCode: UInt8) -> Bool {
    switch operationCode {
    case 0x00, 0x08, 0x0A, 0x28, 0x2A, 0x35, 0x88, 0x8A, 0x91, 0xA8, 0xAA: false
    default: true
    }
  }

  /// Starts the command of `cdb`.
  ///
  /// - Parameters:
  ///   - cdb: the descriptor block, 16 bytes from an iSCSI header.
  ///   - unit: the addressed unit; see `start(cdb:absentFrom:...)` for a number that has none.
  ///   - expectedDataIn: bytes the initiator is ready to take, 0 if the command was not sent as a read.
  ///   - expectedDataOut: bytes the initiator is ready to send, 0 if it was not sent as a write.
  ///   - workspace: at least `workspaceLength` bytes where `needsWorkspace`; it must stay until the command ends.
  public mutating func start(
    cdb bytes: UnsafeRawBufferPointer, on unit: LogicalUnit, nexus: Nexus, expectedDataIn: Int,
    expectedDataOut: Int, workspace: UnsafeMutableRawBufferPointer
  ) -> CommandStep {
    cdb = CommandDescriptorBlock(bytes)
    self.expectedDataIn = max(0, expectedDataIn)
    self.expectedDataOut = max(0, expectedDataOut)
    transferLength = 0
    phase = .single
    index = 0
    let command = Command(cdb)
    if nexus.gate.load(ordering: .acquiring), let status = unit.admit(command, of: nexus) {
      return .finish(status)
    }
    guard let command, unit.supports(command) else {
      return .finish(.checkCondition(unknownCommand(of: unit)))
    }
    // NACA: auto contingent allegiance is not supported.
    guard !cdb.isSet(0x04, at: cdb.controlOffset) else { return reject(byte: cdb.controlOffset, bit: 2) }
    switch command {
    case .read6, .read10, .read12, .read16: return startRead(unit)
    case .write6, .write10, .write12, .write16: return startWrite(unit)
    default:
      guard workspace.count >= Self.workspaceLength || !Self.needsWorkspace(operationCode: cdb.operationCode)
      else { return .finish(.checkCondition(.internalTargetFailure)) }
      return start(command, Environment(unit: unit, nexus: nexus, workspace: workspace))
    }
  }

  /// Starts a command that is addressed to a logical unit number without a unit.
  ///
  /// INQUIRY, REPORT LUNS and REQUEST SENSE are answered, all else is LOGICAL UNIT NOT SUPPORTED (SPC-4 6.6.1).
  public mutating func start(
    cdb bytes: UnsafeRawBufferPointer, absentFrom inventory: LogicalUnitInventory, expectedDataIn: Int,
    workspace: UnsafeMutableRawBufferPointer
  ) -> CommandStep {
    cdb = CommandDescriptorBlock(bytes)
    self.expectedDataIn = max(0, expectedDataIn)
    expectedDataOut = 0
    transferLength = 0
    phase = .single
    index = 0
    switch Command(cdb) {
    case .inquiry: return startAbsentInquiry(workspace)
    case .reportLUNs: return startReportLUNs(inventory, workspace)
    case .requestSense: return sendSense(.logicalUnitNotSupported, workspace)
    default: return .finish(.checkCondition(.logicalUnitNotSupported))
    }
  }

  /// Whether the command reads, writes or flushes blocks of its unit.
  public var accessesMedium: Bool { Command(cdb)?.accessesMedium ?? false }

  /// Goes on after the step that `start` or `resume` returned last.
  ///
  /// - Parameters:
  ///   - dataOut: the Data-Out buffer with what the last `receive` gathered.
  ///   - workspace: the same memory as at the start.
  public mutating func resume(
    _ result: StepResult, on unit: LogicalUnit, nexus: Nexus, dataOut: UnsafeRawBufferPointer,
    workspace: UnsafeMutableRawBufferPointer
  ) -> CommandStep {
    let step = step(after: result, unit, nexus, dataOut, workspace)
    if case .finish = step { abandon(on: unit) }
    return step
  }

  /// Gives back what the command holds of the unit; without effect on one that has finished or never started.
  @inline(__always) public mutating func abandon(on unit: LogicalUnit) {
    guard let copy else { return }
    self.copy = nil
    unit.endCopy(copy, .completedWithErrors)
  }

  @inline(__always)
  private mutating func step(
    after result: StepResult, _ unit: LogicalUnit, _ nexus: Nexus, _ dataOut: UnsafeRawBufferPointer,
    _ workspace: UnsafeMutableRawBufferPointer
  ) -> CommandStep {
    if case .failed(let errno) = result {
      return .finish(
        .checkCondition(copy == nil ? failure(errno, unit) : .copyAborted(.thirdPartyDeviceFailure)))
    }
    if phase == .single { return .finish(.good) }
    guard let command = Command(cdb), workspace.count >= Self.workspaceLength else {
      return .finish(.checkCondition(.internalTargetFailure))
    }
    return resume(
      command, Environment(unit: unit, nexus: nexus, workspace: workspace), dataOut: dataOut)
  }
}

extension CommandExecution {
  /// What a command other than READ and WRITE works with.
  struct Environment {
    let unit: LogicalUnit
    let nexus: Nexus
    let workspace: UnsafeMutableRawBufferPointer
  }

  /// The sense data for a descriptor block that names no command of ours.
  private func unknownCommand(of unit: LogicalUnit) -> Sense {
    let hasOthers = Command.allCases.contains {
      $0.serviceAction != nil && $0.operationCode == cdb.operationCode && unit.supports($0)
    }
    return hasOthers ? .invalidField(cdbByte: 1, bit: 4) : .invalidOperationCode
  }

  /// Sets what the command transfers by its descriptor block.
  mutating func transfers(_ length: Int) { transferLength = length }

  /// Ends the command with INVALID FIELD IN CDB.
  func reject(byte: Int, bit: Int? = nil) -> CommandStep {
    .finish(.checkCondition(.invalidField(cdbByte: byte, bit: bit)))
  }

  /// Sends the parameter data that was built in the workspace, cut to the allocation length (SPC-4 4.2.5.6).
  mutating func send(_ data: ParameterData, allocationLength: Int, workspace: UnsafeMutableRawBufferPointer)
    -> CommandStep
  {
    let length = min(data.length, allocationLength, workspace.count)
    transferLength = length
    return length == 0 ? .finish(.good) : .sendWorkspace(length: length)
  }
}
