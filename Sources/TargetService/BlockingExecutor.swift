import Glibc
import Synchronization

/// A few threads for operations that only exist as blocking calls, such as discarding blocks or flushing overlays.
final class BlockingExecutor: Sendable {
  private struct State {
    var jobs: [@Sendable () -> Void] = []
    var isStopped = false
  }

  private let state = Mutex(State())
  private let available = Semaphore()

  /// How many threads `serve`.
  static let threadCount = 4

  /// Carries out `job` when a thread is free.
  func run(_ job: @escaping @Sendable () -> Void) {
    state.withLock { $0.jobs.append(job) }
    available.signal()
  }

  /// Ends `serve` on every thread once the jobs handed over so far are done.
  func stop() {
    state.withLock { $0.isStopped = true }
    for _ in 0..<Self.threadCount { available.signal() }
  }

  /// The body of each thread.
  func serve() {
    var isRunning = true
    while isRunning {
      available.wait()
      isRunning = next()
    }
  }

  @inline(never)
  private func next() -> Bool {
    let (job, isStopped) = state.withLock { state -> ((@Sendable () -> Void)?, Bool) in
      (state.jobs.isEmpty ? nil : state.jobs.removeFirst(), state.isStopped)
    }
    job?()
    return job != nil || !isStopped
  }
}

/// A counting semaphore of the C library.
final class Semaphore: @unchecked Sendable {
  private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

  init() { sem_init(semaphore, 0, 0) }

  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }

  func signal() { sem_post(semaphore) }

  func wait() {
    // The only failure is EINTR.
    while sem_wait(semaphore) != 0 {}
  }
}
