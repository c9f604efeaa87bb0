/// A range of the medium in bytes, always a whole number of logical blocks and inside the medium.
///
/// An extent to read covers what the initiator expects, rounded up to whole blocks: the service sends no more bytes
/// than the Expected Data Transfer Length. An extent to write from arriving data never exceeds it.
public struct MediumExtent: Hashable, Sendable {
  /// First byte.
  public var offset: UInt64
  /// Number of bytes; zero is allowed (a transfer length of 0 is not an error, SBC-3 5.9).
  public var length: Int

  public init(offset: UInt64, length: Int) {
    self.offset = offset
    self.length = length
  }
}

/// What the device server wants done next for one command.
///
/// A command is a sequence of steps: the device server names one, the service carries it out and resumes the
/// command, until `finish`. Three memories are spoken of: the *medium*; the *Data-Out buffer* with what the
/// initiator sent (`receive`); and the *workspace* of the command, where the device server builds parameter data
/// and where `load` puts blocks of the medium. Buffer and workspace are `CommandExecution.workspaceLength` bytes each;
/// no step asks for more.
public enum CommandStep: Hashable, Sendable {
  /// Send the extent of the medium to the initiator as Data-In; nothing but GOOD follows unless the medium fails.
  /// On success the command may be ended with GOOD without being resumed.
  case sendMedium(MediumExtent)
  /// Write the initiator's Data-Out to the extent as it arrives. `durable`: on stable storage before the status (FUA).
  case receiveToMedium(MediumExtent, durable: Bool)
  /// Gather the next `length` bytes of Data-Out at the start of the Data-Out buffer, which keeps them until the next
  /// `receive` of the command; repeated, it walks through Data-Out too long for the buffer.
  case receive(length: Int)
  /// Read the extent of the medium into the workspace at offset 0.
  case load(MediumExtent)
  /// Write to the extent from a memory of the command, starting at `offset` there.
  case store(MediumExtent, from: CommandMemory, offset: Int, durable: Bool)
  /// Write the start of the Data-Out buffer to the extent, all of it or nothing: only one unit of
  /// `LogicalUnit.Configuration.atomicWriteBlocks` at its place, by a command that holds the unit.
  case storeAtomically(MediumExtent, durable: Bool)
  /// The same as `load`, from another unit of the target.
  case loadFrom(LogicalUnitNumber, MediumExtent)
  /// Write to the extent of another unit of the target from the start of the workspace.
  case storeTo(LogicalUnitNumber, MediumExtent, durable: Bool)
  /// Wait until no write to the unit is under way, and hold all others off until `admit` or the end of the command.
  /// Commands that ask for it get it one after the other; none waits for its initiator meanwhile.
  case exclude
  /// Let others write again.
  case admit
  /// Abort the tasks of every nexus of the unit whose `Nexus.isPreempted` is set, and wait for their end.
  case abortPreempted(preemption: UInt64)
  /// Carry out `LogicalUnit.keepReservations` where waiting is allowed.
  case keepReservations
  /// Put into the workspace what the medium has from byte `from` on, as a `ProvisioningSurvey` of at most `runs` runs.
  case survey(from: UInt64, runs: Int)
  /// Begin the unit's `LogicalUnit.sanitizeOperation`, which goes on whatever becomes of the command. `waits`: the step is
  /// done when that has ended, and has failed if it has; otherwise at once.
  case sanitize(waits: Bool)
  /// Begin to bring the extent into the cache; it is a hint that need not be waited for and never fails.
  case prefetch(MediumExtent)
  /// Put all acknowledged writes on stable storage.
  case flush
  /// Deallocate the extent; only asked for where `LogicalUnit.Deallocation` says that the backing can.
  case deallocate(MediumExtent)
  /// Make the extent read as zeros by the backing's fastest way.
  case zero(MediumExtent)
  /// Send the first `length` bytes of the workspace to the initiator as Data-In.
  case sendWorkspace(length: Int)
  /// The command is over with this status; sense data, if any, is in the status.
  case finish(CommandStatus)
}

/// The two memories of a command that `CommandStep.store` writes from.
public enum CommandMemory: Hashable, Sendable {
  case dataOut
  case workspace
}

/// How the service carried out a step.
public enum StepResult: Hashable, Sendable {
  case done
  /// The backing failed, with this errno (EIO, ENOSPC, EROFS, ...); the device server makes sense data of it.
  case failed(errno: Int32)
}

/// Status and sense data that end a command (SAM-5 5.3, SPC-4 4.5).
public enum CommandStatus: Hashable, Sendable {
  case good
  /// PRE-FETCH: all that was named fits the cache.
  case conditionMet
  case checkCondition(Sense)
  case busy
  case reservationConflict
  case taskSetFull
  case taskAborted
}

extension CommandStatus {
  /// STATUS code (SAM-5 table 35).
  public var code: UInt8 {
    switch self {
    case .good: 0x00
    case .checkCondition: 0x02
    case .conditionMet: 0x04
    case .busy: 0x08
    case .reservationConflict: 0x18
    case .taskSetFull: 0x28
    case .taskAborted: 0x40
    }
  }
}
