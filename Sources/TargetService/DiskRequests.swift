import BlockStore

/// A request to a medium on its way through the ring or through a helper thread.
struct DiskRequest {
  enum Operation {
    /// Read into `buffer`, for `Session.readDone`.
    case read
    /// Write from `buffer`; what is durable is a flush at once, or is followed by one.
    case write(durable: Bool)
    case flush
    /// Carried out by `BlockingExecutor`; it changes the medium.
    case range
    /// No access: `WriteGate.acquire`, or the end of tasks.
    case wait

    /// Whether it has to pass the unit's `WriteGate`.
    var changesMedium: Bool {
      switch self {
      case .write, .range: true
      case .read, .flush, .wait: false
      }
    }
  }

  var operation: Operation
  var session: Unmanaged<Session>
  var slot: Int
  var backend: Unmanaged<UnitBackend>
  var buffer = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  /// Bytes to transfer, and how many have been: the ring may do less than asked for.
  var length = 0
  var done = 0
  /// Byte offset on the medium.
  var offset: UInt64 = 0
  /// Whether `buffer` goes back to the pool in the end.
  var ownsBuffer = false
  /// Its command holds the unit: it does not pass the gate.
  var isExclusive = false
  /// It has passed the gate, and has to leave.
  var isInside = false
  /// A durable write that is written: its flush is due.
  var isWritten = false
  /// It is the flush of its unit that is under way: `FlushGathering` has to hear of its end.
  var isFlushUnderWay = false
}

/// The requests of a ring thread by number, which is part of their tag.
struct DiskRequests {
  private var requests: [DiskRequest?] = []
  private var free: [Int] = []

  mutating func add(_ request: DiskRequest) -> Int {
    if let index = free.popLast() {
      requests[index] = request
      return index
    }
    requests.append(request)
    free.reserveCapacity(requests.count)
    return requests.count - 1
  }

  subscript(index: Int) -> DiskRequest? { requests.indices.contains(index) ? requests[index] : nil }

  /// Whether any request is one of those.
  func contains(where isMeant: (DiskRequest) -> Bool) -> Bool {
    requests.contains { $0.map(isMeant) ?? false }
  }

  /// The number of the first request that is one of those.
  func firstIndex(where isMeant: (DiskRequest) -> Bool) -> Int? {
    requests.firstIndex { $0.map(isMeant) ?? false }
  }

  /// Notes that more has been done.
  mutating func advance(_ index: Int, by count: Int) { requests[index]?.done += count }

  /// Notes that the request has passed its unit's gate.
  mutating func enter(_ index: Int) { requests[index]?.isInside = true }

  /// Notes that the data of a durable write is written, and that it has left the gate.
  mutating func written(_ index: Int) {
    requests[index]?.isWritten = true
    requests[index]?.isInside = false
  }

  /// Notes that the request is the flush under way.
  mutating func lead(_ index: Int) { requests[index]?.isFlushUnderWay = true }

  mutating func remove(_ index: Int) {
    requests[index] = nil
    free.append(index)
  }
}
