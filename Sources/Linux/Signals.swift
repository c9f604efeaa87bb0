import CLinux
import Glibc

/// Signals read from a descriptor instead of interrupting a thread.
public struct SignalDescriptor: ~Copyable, Sendable {
  private let descriptor: OwnedDescriptor

  /// Blocks `signals` in this thread and those it starts from now on: call it before there are others.
  public init(_ signals: [Int32]) throws(SystemError) {
    descriptor = OwnedDescriptor(
      owning: try syscall("watch signals") { clinux_signal_descriptor(signals, signals.count) })
  }

  /// For `poll`.
  public var number: Int32 { descriptor.number }

  /// The next pending signal; nil when there is none.
  public func next() -> Int32? {
    let signal = clinux_signal_next(number)
    return signal > 0 ? signal : nil
  }
}

/// Ignores SIGPIPE in the whole process: a peer that hangs up is an errno, not the end.
public func ignoreBrokenPipes() { clinux_ignore_sigpipe() }

/// Raises this process's limit of open descriptors as far as the kernel allows, at most to `wanted`.
public func raiseDescriptorLimit(to wanted: UInt) throws(SystemError) {
  try syscall("raise the limit of open files") { clinux_raise_descriptor_limit(wanted) }
}

/// Starts a program on a terminal, in a session of its own.
///
/// - Returns: its process number; the caller reaps it.
public func spawn(
  _ path: String, arguments: [String], environment: [String], onTerminal terminal: String
) throws(SystemError) -> pid_t {
  var child: pid_t = 0
  let argumentPointers = ([path] + arguments).map { strdup($0) } + [nil]
  let environmentPointers = environment.map { strdup($0) } + [nil]
  defer { for pointer in argumentPointers + environmentPointers { free(pointer) } }
  let code = clinux_spawn_on_terminal(&child, terminal, path, argumentPointers, environmentPointers)
  guard code == 0 else { throw SystemError(errno: code, attempt: "start \(path) on \(terminal)") }
  return child
}
