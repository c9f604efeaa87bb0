import CLinux
import Glibc

/// Wakes a thread that sleeps in `poll`: it becomes readable when raised, until lowered.
public struct EventFlag: ~Copyable, Sendable {
  private let descriptor: OwnedDescriptor

  public init() throws(SystemError) {
    descriptor = OwnedDescriptor(owning: try syscall("make an eventfd") { clinux_eventfd() })
  }

  /// For `poll`.
  public var number: Int32 { descriptor.number }

  /// Wakes the sleeper; any number of calls are one. Cannot fail: a full counter is a raised flag.
  public func raise() {
    var one: UInt64 = 1
    _ = write(number, &one, MemoryLayout<UInt64>.size)
  }

  public func lower() {
    var count: UInt64 = 0
    _ = read(number, &count, MemoryLayout<UInt64>.size)
  }
}
