import Glibc
import ISCSI
import Linux
import Synchronization

/// An initiator that writes, flushes and looks at what it has written, for as long as it lives.
final class HonestInitiator: Sendable {
  private let rounds = Atomic<Int>(0)
  private let mustStop = Atomic<Bool>(false)
  private let failure = Mutex<String?>(nil)
  private let thread = Mutex<ServiceThread?>(nil)

  /// To be called on a thread in the target's network.
  init(port: UInt16) throws {
    let thread = try ServiceThread(name: "honest") { [self] in
      do {
        try work(port)
      } catch {
        failure.withLock { $0 = "\(error)" }
      }
    }
    self.thread.withLock { $0 = thread }
  }

  /// Ends it.
  ///
  /// - Returns: what went wrong, if anything did.
  func stop() -> String? {
    mustStop.store(true, ordering: .relaxed)
    thread.withLock { thread in
      thread?.join()
      thread = nil
    }
    return failure.withLock { $0 }
  }

  /// Waits, for at most half a minute, until it has done `count` more rounds.
  func makesProgress(_ count: Int) -> Bool {
    let goal = rounds.load(ordering: .relaxed) + count
    let deadline = ContinuousClock.now + .seconds(30)
    while ContinuousClock.now < deadline, failure.withLock({ $0 == nil }) {
      if rounds.load(ordering: .relaxed) >= goal { return true }
      usleep(1000)
    }
    return false
  }

  private func work(_ port: UInt16) throws {
    let initiator = try ISCSIInitiator(port: port, name: "iqn.a", isid: 0xF00D)
    try initiator.login()
    var version: UInt32 = 0
    while !mustStop.load(ordering: .relaxed) {
      version += 1
      let sectors = 8..<16
      let data = StampedWrite.data(sectors, version: version)
      try expectGood(
        initiator.command(StampedWrite.command(sectors, durable: false), write: data.count, dataOut: data))
      if version.isMultiple(of: 8) { try expectGood(initiator.command(StampedWrite.synchronize)) }
      // VERIFY (10) with BYTCHK: the target compares.
      let verify = CommandDescriptorBlock([0x2F, 0x02, 0, 0, 0, 8, 0, 0, 8])
      try expectGood(initiator.command(verify, write: data.count, dataOut: data))
      rounds.add(1, ordering: .relaxed)
    }
    initiator.close()
  }

  private func expectGood(_ status: UInt8) throws {
    guard status == 0 else { throw SystemError(errno: EIO, attempt: "get GOOD: the status was \(status)") }
  }
}
