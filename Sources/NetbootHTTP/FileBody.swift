import Glibc
import Hummingbird
import Linux
import NIOCore

/// A file that is sent in pieces as the client takes them.
final class FileBody: Sendable {
  let size: UInt64
  private let file: OwnedDescriptor
  private static let piece: UInt64 = 1 << 18

  /// nil for what is not a regular file or cannot be opened.
  init?(path: String) {
    guard let file = try? OwnedDescriptor(path: path, flags: O_RDONLY | O_NONBLOCK),
      let info = RootedDirectory.info(file), info.isRegular
    else { return nil }
    self.file = file
    size = info.size
  }

  /// A body of some of its bytes; `completed` learns how many of them were handed to the client's connection.
  ///
  /// - Parameter eventLoop: that of the connection.
  func body(
    _ range: Range<UInt64>, eventLoop: any EventLoop, completed: @escaping @Sendable (UInt64) -> Void
  ) -> ResponseBody {
    ResponseBody(contentLength: Int(range.upperBound - range.lowerBound)) { writer in
      var position = range.lowerBound
      defer { completed(position - range.lowerBound) }
      while position < range.upperBound {
        let buffer = try self.read(position..<min(position + Self.piece, range.upperBound))
        let count = UInt64(buffer.readableBytes)
        try await writer.write(buffer)
        // The writer learns that the socket is full only when the event loop has seen what was written; without
        // waiting for that, a slow client's file would pile up in memory.
        try await eventLoop.submit {}.get()
        position += count
      }
      try await writer.finish(nil)
    }
  }

  /// Files are on a tmpfs: reading them never waits, so that no thread pool is needed.
  private func read(_ range: Range<UInt64>) throws(SystemError) -> ByteBuffer {
    var buffer = ByteBufferAllocator().buffer(capacity: range.count)
    let number = file.number
    let count = try syscall("read a file for a netboot client") {
      buffer.withUnsafeMutableWritableBytes {
        pread(number, $0.baseAddress, range.count, off_t(range.lowerBound))
      }
    }
    guard count > 0 else { throw SystemError(errno: EIO, attempt: "read a file that became shorter") }
    buffer.moveWriterIndex(forwardBy: count)
    return buffer
  }
}
