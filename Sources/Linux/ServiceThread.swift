import CLinux
import Glibc

/// A thread of a service's own: it may block in system calls without holding up Swift's concurrency pool.
public final class ServiceThread: Sendable {
  private final class Start {
    let name: String
    let body: @Sendable () -> Void
    init(_ name: String, _ body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }

  private let thread: pthread_t

  /// Starts `body` in a new thread with all signals blocked, since signals are the main thread's business.
  ///
  /// - Parameter name: shown by `ps -L` and debuggers, cut to 15 bytes.
  public init(name: String, _ body: @escaping @Sendable () -> Void) throws(SystemError) {
    var thread = pthread_t()
    let start = Unmanaged.passRetained(Start(name, body))
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, &before)
    let code = pthread_create(&thread, nil, { ServiceThread.run($0) }, start.toOpaque())
    pthread_sigmask(SIG_SETMASK, &before, nil)
    guard code == 0 else {
      start.release()
      throw SystemError(errno: code, attempt: "start the thread \(name)")
    }
    self.thread = thread
  }

  private static func run(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
    clinux_name_thread(start.name)
    start.body()
    return nil
  }

  /// Waits for the end of the thread. Call exactly once; the thread's memory is kept until then.
  public func join() { pthread_join(thread, nil) }
}
