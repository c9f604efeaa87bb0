/// How an EXTENDED COPY went, kept for RECEIVE COPY RESULTS (SPC-4 6.24).
struct CopyRecord: Hashable, Sendable {
  /// A copy is known to the nexus that asked for it, by the list identifier it chose.
  struct Key: Hashable, Sendable {
    let nexus: UInt64
    let list: UInt8
  }

  /// COPY MANAGER STATUS (SPC-4 table 223).
  enum Status: UInt8, Hashable, Sendable {
    case inProgress = 0
    case completed = 1
    case completedWithErrors = 2
  }

  let key: Key
  var status = Status.inProgress
  var segments: UInt16 = 0
  /// Bytes written.
  var bytes: UInt64 = 0

  /// Records of a unit at a time; the oldest that is over makes room.
  static let limit = 64
}

extension LogicalUnit {
  /// Notes the start of a copy; false where the nexus has one under way with that list identifier, or too many run.
  func beginCopy(_ key: CopyRecord.Key) -> Bool {
    shared.withLock { state in
      if let index = state.copies.firstIndex(where: { $0.key == key }) {
        guard state.copies[index].status != .inProgress else { return false }
        state.copies.remove(at: index)
      }
      if state.copies.count >= CopyRecord.limit {
        guard let index = state.copies.firstIndex(where: { $0.status != .inProgress }) else { return false }
        state.copies.remove(at: index)
      }
      state.copies.append(CopyRecord(key: key))
      return true
    }
  }

  /// Notes progress of a copy.
  func advanceCopy(_ key: CopyRecord.Key, bytes: Int = 0, segments: UInt16 = 0) {
    changeCopy(key) { record in
      record.bytes &+= UInt64(clamping: bytes)
      record.segments &+= segments
    }
  }

  func endCopy(_ key: CopyRecord.Key, _ status: CopyRecord.Status) { changeCopy(key) { $0.status = status } }

  /// Forgets a copy without ever having kept anything of it (LIST ID USAGE 11b).
  func forgetCopy(_ key: CopyRecord.Key) {
    shared.withLock { $0.copies.removeAll { $0.key == key } }
  }

  /// What is known of a copy; one that is over is forgotten with that (SPC-4 6.24.2).
  func takeCopy(_ key: CopyRecord.Key) -> CopyRecord? {
    shared.withLock { state in
      guard let index = state.copies.firstIndex(where: { $0.key == key }) else { return nil }
      return state.copies[index].status == .inProgress ? state.copies[index] : state.copies.remove(at: index)
    }
  }

  private func changeCopy(_ key: CopyRecord.Key, _ change: (inout CopyRecord) -> Void) {
    shared.withLock { state in
      if let index = state.copies.firstIndex(where: { $0.key == key }) { change(&state.copies[index]) }
    }
  }
}
