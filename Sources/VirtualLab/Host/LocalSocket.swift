import CLinux
import Dispatch
import Glibc
import Linux
import Synchronization

/// The client's end of a Unix stream socket: every byte that arrives is handed to a closure, in order.
final class LocalSocket: Sendable {
  private let descriptor: Int32
  private let ended = Atomic<Bool>(false)
  private let finished = DispatchSemaphore(value: 0)

  /// Connects to `path` and begins to read.
  ///
  /// - Parameter received: called on a thread of its own with what arrived.
  init(path: String, received: @escaping @Sendable (UnsafeRawBufferPointer) -> Void) throws(SystemError) {
    descriptor = try LocalSocket.connected(to: path)
    DispatchQueue(label: "lab.socket").async { [self] in
      withUnsafeTemporaryAllocation(byteCount: 16384, alignment: 16) { buffer in
        while let count = try? syscall(
          "read \(path)", { read(descriptor, buffer.baseAddress, buffer.count) }),
          count > 0
        {
          received(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
      }
      ended.store(true, ordering: .releasing)
      finished.signal()
    }
  }

  /// The other side has closed.
  var hasEnded: Bool { ended.load(ordering: .acquiring) }

  func send(_ bytes: [UInt8]) throws(SystemError) {
    var sent = 0
    while sent < bytes.count {
      let start = sent
      sent += try syscall("send to a virtual machine") {
        bytes.withUnsafeBytes {
          Glibc.send(descriptor, $0.baseAddress! + start, $0.count - start, Int32(MSG_NOSIGNAL))
        }
      }
    }
  }

  /// Ends the connection and waits until the last byte has been handed on.
  func close() {
    _ = shutdown(descriptor, Int32(SHUT_RDWR))
    finished.wait()
    finished.signal()
  }

  deinit { _ = Glibc.close(descriptor) }

  private static func connected(to path: String) throws(SystemError) -> Int32 {
    let descriptor = try syscall("make a socket") {
      socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let room = MemoryLayout.size(ofValue: address.sun_path)
    guard path.utf8.count < room else {
      _ = Glibc.close(descriptor)
      throw SystemError(errno: ENAMETOOLONG, attempt: "connect to \(path)")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    do {
      try syscall("connect to \(path)") {
        withUnsafeBytes(of: &address) {
          connect(
            descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
        }
      }
    } catch {
      _ = Glibc.close(descriptor)
      throw error
    }
    return descriptor
  }
}
