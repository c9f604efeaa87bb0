import ISCSI
import SCSI

/// A SCSI command of a session while it lives: what the service has to remember of it, beside `TaskSlot`.
struct CommandSlot {
  /// What the command is waiting for, or doing.
  enum Activity: UInt8 {
    case idle
    /// Not started yet: another task of its task set comes first.
    case held
    case sendingMedium
    case sendingWorkspace
    case receivingToMedium
    case receivingToBuffer
    /// A step that moves no data to or from the initiator.
    case working
    /// The status is known, but the initiator has not sent all of its data.
    case awaitingDataEnd
  }

  var execution = CommandExecution()
  var kind = CommandKind.other
  /// When it came, in nanoseconds.
  var arrival: UInt64 = 0
  /// For a command that is held.
  var cdb = ISCSI.CommandDescriptorBlock(high: 0, low: 0)
  var activity = Activity.idle
  /// Index into the session's bindings; -1: the LUN has no unit.
  var binding = -1
  /// The extent of the current step.
  var extent = MediumExtent(offset: 0, length: 0)
  /// Data-In: bytes to send in all. Data-Out: where the current step ends.
  var total = 0
  /// Data-Out: where the current step began.
  var base = 0
  /// Data-Out taken by steps, or thrown away.
  var consumed = 0
  /// Requests to the medium on their way.
  var inFlight = 0
  /// First failure of the medium in the current step, or 0.
  var errno: Int32 = 0
  var isDurable = false
  /// Data was written that the end of the step must put on stable storage.
  var needsFlush = false
  var isAborted = false
  /// Data-Out came that cannot be used, or the unit's medium goes; the command ends with an error, `status`.
  var isSpoiled = false
  /// Waits for the end of tasks that it preempted: it changes no medium, and nobody has to wait for it.
  var isAbortingOthers = false
  /// Waits for the end of a sanitize operation, which goes on without it.
  var awaitsSanitize = false
  /// Holds all other writes to its unit off.
  var holdsUnit = false
  /// Counts among the running tasks of its task set.
  var isRunning = false
  var isOrdered = false
  /// Waits for room in the output.
  var isQueued = false
  /// The status to send when the data has ended.
  var status = CommandStatus.good
  var workspace = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  var dataOut = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  /// Blocks that came from the medium and wait for room in the output.
  var block = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  var blockLength = 0
}
