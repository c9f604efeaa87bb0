/// What a medium has and what it has not, in the second half of a command's workspace: `CommandStep.survey` fills it, and
/// GET LBA STATUS reads it while it builds its parameter data in front.
public struct ProvisioningSurvey {
  private let entries: UnsafeMutableRawBufferPointer
  /// Runs so far.
  public private(set) var count = 0
  /// It has taken all that there is room for; what comes now does not count.
  public private(set) var isFull = false
  private var lastIsDeallocated = false

  /// Runs that have room. Parameter data with a descriptor for each, 8 bytes and 16 for each, never overtakes them.
  public static let capacity = CommandExecution.workspaceLength / 2 / 8 - 2

  /// A survey of nothing yet.
  ///
  /// - Parameter workspace: of a command; shorter ones have no room for any run.
  public init(in workspace: UnsafeMutableRawBufferPointer) {
    guard workspace.count >= CommandExecution.workspaceLength else {
      entries = UnsafeMutableRawBufferPointer(start: nil, count: 0)
      return
    }
    entries = UnsafeMutableRawBufferPointer(rebasing: workspace[(CommandExecution.workspaceLength / 2)...])
    entries.storeBytes(of: 0, as: UInt64.self)
  }

  /// Adds what lies behind the runs before and ends before byte `end` of the medium; it may go on with the last run.
  ///
  /// - Parameter isDeallocated: it takes up no space, and reads as zeros.
  public mutating func append(isDeallocated: Bool, end: UInt64) {
    guard !entries.isEmpty, !isFull else { return }
    if count == 0 || isDeallocated != lastIsDeallocated {
      isFull = count == Self.capacity
      if isFull { return }
      count += 1
    }
    lastIsDeallocated = isDeallocated
    entries.storeBytes(of: end << 1 | (isDeallocated ? 1 : 0), toByteOffset: 8 * (count - 1), as: UInt64.self)
    // A run that ends at 0 is none.
    entries.storeBytes(of: 0, toByteOffset: 8 * count, as: UInt64.self)
  }

  /// The run with that number of a survey in `workspace`; nil behind the last.
  static func run(_ index: Int, in workspace: UnsafeMutableRawBufferPointer) -> (
    isDeallocated: Bool, end: UInt64
  )? {
    let offset = CommandExecution.workspaceLength / 2 + 8 * index
    guard index < capacity, offset + 8 <= workspace.count else { return nil }
    let entry = workspace.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    return entry == 0 ? nil : (entry & 1 != 0, entry >> 1)
  }
}
