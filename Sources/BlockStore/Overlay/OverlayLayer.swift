import CLinux
import Glibc
import Linux

/// Where an overlay keeps blocks: memory or a file, as long as the base and as sparse as what was written to it.
///
/// Block *n* of the base has its place at `dataOffset` + *n* block lengths; a place without blocks reads as zeros.
struct OverlayLayer: ~Copyable, Sendable {
  /// What messages call it.
  let name: String
  let dataOffset: UInt64
  private let file: OwnedDescriptor
  /// Reading it never waits for a medium, and RWF_NOWAIT is unknown to it.
  let isMemory: Bool

  /// A layer in a file that is open already.
  init(file: consuming OwnedDescriptor, name: String, dataOffset: UInt64) {
    self.init(file, name: name, dataOffset: dataOffset, isMemory: false)
  }

  private init(_ file: consuming OwnedDescriptor, name: String, dataOffset: UInt64, isMemory: Bool) {
    self.file = file
    self.name = name
    self.dataOffset = dataOffset
    self.isMemory = isMemory
  }

  /// A layer in memory, gone with this value.
  static func inMemory(length: UInt64) throws(SystemError) -> OverlayLayer {
    let number = try syscall("make memory for an overlay") { clinux_memory_file("iscsi-overlay") }
    let file = OwnedDescriptor(owning: number)
    try syscall("make memory for an overlay of \(length) bytes") {
      ftruncate(number, off_t(clamping: length))
    }
    return OverlayLayer(file, name: "memory", dataOffset: 0, isMemory: true)
  }

  /// A layer in a file without a name, gone with this value.
  static func inNamelessFile(of directory: String, length: UInt64) throws(SystemError) -> OverlayLayer {
    let number = try syscall("make a file in \(directory)") { clinux_nameless_file(directory) }
    let file = OwnedDescriptor(owning: number)
    try syscall("make a sparse file of \(length) bytes in \(directory)") {
      ftruncate(number, off_t(clamping: length))
    }
    try syscall("punch a hole in a file of \(directory), as ext4, xfs, btrfs and tmpfs can") {
      clinux_punch_hole(number, 0, 4096)
    }
    return OverlayLayer(file: file, name: directory, dataOffset: 0)
  }

  var descriptor: Int32 { file.number }

  /// Reads what can be had without waiting for a medium.
  @inline(__always)
  func readCached(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) -> Bool {
    guard let position = off_t(exactly: offset &+ dataOffset) else { return false }
    let count =
      isMemory
      ? pread(file.number, buffer.baseAddress, buffer.count, position)
      : clinux_read_cached(file.number, buffer.baseAddress, buffer.count, position)
    return count == buffer.count
  }

  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(BlockStoreError) {
    try transfer(buffer.count, at: offset, "read from", atEnd: EIO) { done, position in
      pread(file.number, buffer.baseAddress.map { $0 + done }, buffer.count - done, position)
    }
  }

  func write(_ buffer: UnsafeRawBufferPointer, at offset: UInt64) throws(BlockStoreError) {
    try transfer(buffer.count, at: offset, "write to", atEnd: ENOSPC) { done, position in
      pwrite(file.number, buffer.baseAddress.map { $0 + done }, buffer.count - done, position)
    }
  }

  /// Gives the range's space back; it reads as zeros then.
  func punch(offset: UInt64, length: UInt64) throws(BlockStoreError) {
    do {
      try syscall("give back blocks of the overlay in \(name)") {
        clinux_punch_hole(file.number, off_t(clamping: offset &+ dataOffset), off_t(clamping: length))
      }
    } catch { throw .failed(error) }
  }

  /// Puts everything written on stable storage.
  func synchronize() throws(BlockStoreError) {
    do {
      try syscall("flush the overlay in \(name)") { fdatasync(file.number) }
    } catch { throw .failed(error) }
  }

  @inline(__always)
  private func transfer(
    _ count: Int, at offset: UInt64, _ attempt: StaticString, atEnd code: Int32, _ body: (Int, off_t) -> Int
  ) throws(BlockStoreError) {
    var done = 0
    while done < count {
      let position = off_t(clamping: offset &+ dataOffset &+ UInt64(done))
      do throws(SystemError) {
        let moved = try syscall("\(attempt) the overlay in \(name)") { body(done, position) }
        guard moved > 0 else {
          throw SystemError(errno: code, attempt: "\(attempt) the overlay in \(name)")
        }
        done += moved
      } catch { throw .failed(error) }
    }
  }
}
