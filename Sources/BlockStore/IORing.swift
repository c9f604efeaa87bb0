import CUring
import Glibc
import Linux

/// An io_uring of one thread: only the thread that made it may call it.
///
/// Requests carry a tag of the caller's; their results come back by `reap`, in any order. Memory and descriptors of a
/// request must stay until its completion has been seen. Nothing is allocated per request.
public struct IORing: ~Copyable {
  private let ring: OpaquePointer

  /// - Parameter entries: requests that can be prepared between two calls of `enter`; a power of two.
  /// - Throws: `SystemError`: ENOSYS or EPERM where the kernel has no io_uring or forbids it.
  public init(entries: UInt32) throws(SystemError) {
    var ring: OpaquePointer?
    let result = cu_create(entries, &ring)
    guard result == 0, let ring else { throw SystemError(errno: -result, attempt: "set up an io_uring") }
    self.ring = ring
  }

  deinit { cu_destroy(ring) }

  /// How `enter` came back.
  public enum Wake: Hashable, Sendable {
    /// Something was ready without waiting.
    case atOnce
    /// Something came while looking.
    case spinning
    /// Something came, or a signal did, while asleep.
    case sleeping
    case timeout
  }

  /// Submits what was prepared and waits for a completion, first by looking for it, then asleep.
  ///
  /// - Parameters:
  ///   - spin: nanoseconds to look; 0 sleeps at once.
  ///   - timeout: nanoseconds to sleep at most; 0 does not wait.
  @inline(__always)
  public func enter(spin: Int64, timeout: Int64) throws(SystemError) -> Wake {
    let result = cu_enter(ring, spin, timeout)
    switch result {
    case Int32(CU_AT_ONCE.rawValue): return .atOnce
    case Int32(CU_SPINNING.rawValue): return .spinning
    case Int32(CU_TIMEOUT.rawValue): return .timeout
    case 0...: return .sleeping
    default: throw SystemError(errno: -result, attempt: "wait for an io_uring")
    }
  }

  /// A request's tag and its result, or its errno negated.
  public typealias Completion = cu_completion

  /// Takes completions that have come, as many as `buffer` holds.
  @inline(__always)
  public func reap(into buffer: UnsafeMutableBufferPointer<Completion>) -> Int {
    Int(cu_reap(ring, buffer.baseAddress, UInt32(clamping: buffer.count)))
  }
}

extension IORing {
  // Each returns false when the ring is full although it has just been submitted: nothing was asked for then.

  @inline(__always) public func accept(_ listener: Int32, tag: UInt64) -> Bool {
    cu_accept(ring, listener, tag) == 0
  }

  /// Completes once when the descriptor is readable.
  public func pollReadable(_ descriptor: Int32, tag: UInt64) -> Bool {
    cu_poll_readable(ring, descriptor, tag) == 0
  }

  /// - Parameter expectsWait: nothing has come yet, most likely: waiting before trying is cheaper then.
  @inline(__always)
  public func receive(
    _ socket: Int32, into buffer: UnsafeMutableRawBufferPointer, expectsWait: Bool, tag: UInt64
  ) -> Bool {
    cu_recv(ring, socket, buffer.baseAddress, UInt32(clamping: buffer.count), expectsWait ? 1 : 0, tag) == 0
  }

  /// Sends without SIGPIPE; the result may be less than asked for.
  @inline(__always)
  public func send(_ socket: Int32, _ buffer: UnsafeRawBufferPointer, tag: UInt64) -> Bool {
    cu_send(ring, socket, buffer.baseAddress, UInt32(clamping: buffer.count), tag) == 0
  }

  @inline(__always)
  public func read(
    _ file: Int32, into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64, tag: UInt64
  ) -> Bool {
    cu_read(ring, file, buffer.baseAddress, UInt32(clamping: buffer.count), offset, tag) == 0
  }

  /// - Parameter durable: on stable storage before the completion (RWF_DSYNC).
  @inline(__always)
  public func write(
    _ file: Int32, _ buffer: UnsafeRawBufferPointer, at offset: UInt64, durable: Bool, tag: UInt64
  ) -> Bool {
    cu_write(
      ring, file, buffer.baseAddress, UInt32(clamping: buffer.count), offset, durable ? 1 : 0, tag) == 0
  }

  /// fdatasync: every write completed before is on stable storage at its completion.
  public func synchronize(_ file: Int32, tag: UInt64) -> Bool { cu_fdatasync(ring, file, tag) == 0 }

  /// Cancels whatever has been asked for on a descriptor; each such request completes with ECANCELED.
  public func cancel(_ descriptor: Int32, tag: UInt64) -> Bool { cu_cancel_fd(ring, descriptor, tag) == 0 }
}
