import Glibc
import Linux
import Synchronization

/// The overlays over one base, one for each initiator name.
public final class OverlaySet: Sendable {
  public let base: BlockStore
  public let options: OverlayOptions
  let lun: Int
  private let state = Mutex(State())

  /// Most overlays at a time: names cost nothing, overlays do.
  public static let capacity = 1024

  private struct State {
    var members: [String: Member] = [:]
    var isCommitting = false
  }

  private struct Member {
    var overlay: Overlay
    /// Sessions that use it.
    var users: Int
  }

  /// - Parameters:
  ///   - base: opened with mode `overlay`.
  ///   - lun: part of the names of files.
  public init(base: BlockStore, lun: Int, options: OverlayOptions) {
    self.base = base
    self.lun = lun
    self.options = options
  }

  /// The overlay of an initiator that logs in: what it had before, or an empty one.
  ///
  /// - Throws: `overlay` where what is kept does not fit the base; `failed`, `inUse`, `cannotOpen`.
  public func acquire(_ initiator: String) throws(BlockStoreError) -> Overlay {
    try state.withLock { (state) throws(BlockStoreError) in
      guard !state.isCommitting else {
        throw .inUse(path: base.path, by: ["an overlay is being committed to it"])
      }
      if let member = state.members[initiator] {
        state.members[initiator]?.users += 1
        return member.overlay
      }
      guard state.members.count < Self.capacity else {
        throw .failed(SystemError(errno: EUSERS, attempt: "make one more overlay over \(base.path)"))
      }
      let overlay = try open(initiator)
      state.members[initiator] = Member(overlay: overlay, users: 1)
      return overlay
    }
  }

  /// What `release` leaves to do, outside of locks and of threads that must not wait.
  public enum Remains: Sendable {
    case nothing
    /// Flush it, so that nothing depends on the next one.
    case flush(Overlay)
    /// Let it go; that frees what it took.
    case discard(Overlay)
  }

  /// A session of the initiator is over.
  ///
  /// - Parameter isLoggedOut: it said so, and did not just disappear.
  public func release(_ initiator: String, isLoggedOut: Bool) -> Remains {
    state.withLock { state in
      guard let member = state.members[initiator] else { return .nothing }
      state.members[initiator]?.users -= 1
      guard member.users == 1 else { return .nothing }
      if member.overlay.isEmpty || options.lifetime == .session && isLoggedOut {
        state.members[initiator] = nil
        if let file = member.overlay.file { unlink(file.path) }
        return .discard(member.overlay)
      }
      return member.overlay.isPersistent ? .flush(member.overlay) : .nothing
    }
  }

  /// Every overlay there is, by initiator; those in files that nobody has opened yet included.
  public func list() -> [OverlayStatus] {
    let open = loaded
    let closed = files().filter { file in !open.contains { $0.initiator == file.initiator } }
    return (open + closed).sorted { $0.initiator < $1.initiator }
  }

  /// The overlays that were used since this process began.
  public var loaded: [OverlayStatus] {
    state.withLock { state in
      state.members.values.map { member in
        OverlayStatus(
          initiator: member.overlay.initiator, usedBytes: member.overlay.usedBytes, isInUse: member.users > 0,
          isPersistent: member.overlay.isPersistent, problem: nil)
      }.sorted { $0.initiator < $1.initiator }
    }
  }

  /// Puts what persistent overlays have on stable storage.
  ///
  /// - Returns: the first failure.
  public func synchronize() -> BlockStoreError? {
    let overlays = state.withLock { $0.members.values.map(\.overlay) }
    var failure: BlockStoreError?
    for overlay in overlays {
      do throws(BlockStoreError) { try overlay.synchronize() } catch { failure = failure ?? error }
    }
    return failure
  }
}

// MARK: Committing and discarding

extension OverlaySet {
  /// Forgets what an initiator wrote. Its next login finds the base.
  public func discard(_ initiator: String) throws(OverlayRefusal) {
    // The overlay goes after the lock: that frees what it took.
    let overlay = try state.withLock { (state) throws(OverlayRefusal) -> Overlay? in
      let member = state.members[initiator]
      guard member?.users ?? 0 == 0, !state.isCommitting else { throw .inUse(initiator: initiator) }
      let path = path(of: initiator).flatMap { access($0, F_OK) == 0 ? $0 : nil }
      guard member != nil || path != nil else { throw .unknown(initiator: initiator, lun: lun) }
      if let path {
        do throws(SystemError) { try OverlayFile.remove(path) } catch {
          // Without its name nobody may go on with it, although it may come back with a loss of power.
          if access(path, F_OK) != 0 { state.members[initiator] = nil }
          throw .failed(.failed(error))
        }
      }
      state.members[initiator] = nil
      return member?.overlay
    }
    withExtendedLifetime(overlay) {}
  }

  /// Writes what an initiator wrote to the base, for good, and discards the overlay.
  ///
  /// Refused while anyone is logged in, and while there are other overlays, whose base it would change.
  /// May take as long as writing all of it takes.
  public func commit(_ initiator: String) throws(OverlayRefusal) {
    let others = list().filter { $0.initiator != initiator }
    let member = try state.withLock { (state) throws(OverlayRefusal) -> Overlay? in
      if let user = state.members.values.first(where: { $0.users > 0 })?.overlay.initiator {
        throw user == initiator ? .inUse(initiator: user) : .baseInUse(by: user)
      }
      guard !state.isCommitting else { throw .baseInUse(by: "another commit") }
      if !others.isEmpty { throw .othersDepend(others.map(\.initiator)) }
      state.isCommitting = true
      return state.members[initiator]?.overlay
    }
    defer { state.withLock { $0.isCommitting = false } }
    let kept: Overlay?
    do throws(BlockStoreError) {
      if let member { kept = member } else { kept = try reopen(initiator) }
    } catch { throw .failed(error) }
    guard let overlay = kept else { throw .unknown(initiator: initiator, lun: lun) }
    do throws(BlockStoreError) {
      try base.whileClaimedForWriting { (target) throws(BlockStoreError) in try overlay.commit(to: target) }
    } catch { throw .failed(error) }
    state.withLock { $0.members[initiator] = nil }
    guard let file = overlay.file else { return }
    do throws(SystemError) { try OverlayFile.remove(file.path) } catch { throw .failed(.failed(error)) }
  }
}
