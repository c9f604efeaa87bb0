import CLinux
import Glibc
import Linux

/// Where an overlay keeps blocks: memory, or a file as long as the base and as sparse as what was written to it.
///
/// In a file, block *n* of the base has its place at `dataOffset` + *n* block lengths. What was never written reads as zeros.
struct OverlayLayer: ~Copyable, Sendable {
  /// What messages call it.
  let name: String
  let dataOffset: UInt64
  private let place: Place

  private enum Place: ~Copyable {
    case file(OwnedDescriptor)
    case memory(OverlayMemory)
  }

  /// A layer in a file that is open already.
  init(file: consuming OwnedDescriptor, name: String, dataOffset: UInt64) {
    place = .file(file)
    self.name = name
    self.dataOffset = dataOffset
  }

  /// A layer in memory, gone with this value.
  init(memory: consuming OverlayMemory) {
    place = .memory(memory)
    name = "memory"
    dataOffset = 0
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

  /// Of the file; -1 for memory.
  @inline(__always)
  var descriptor: Int32 {
    switch place {
    case .file(let file): file.number
    case .memory: -1
    }
  }

  /// Nothing here waits for a medium.
  @inline(__always)
  var isMemory: Bool {
    switch place {
    case .file: false
    case .memory: true
    }
  }

  /// Reads what can be had without waiting for a medium.
  @inline(__always)
  func readCached(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) -> Bool {
    switch place {
    case .memory(let memory):
      memory.read(into: buffer, at: offset)
      return true
    case .file(let file):
      guard let position = off_t(exactly: offset &+ dataOffset) else { return false }
      return clinux_read_cached(file.number, buffer.baseAddress, buffer.count, position) == buffer.count
    }
  }

  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(BlockStoreError) {
    switch place {
    case .memory(let memory): memory.read(into: buffer, at: offset)
    case .file(let file):
      try transfer(buffer.count, at: offset, "read from", atEnd: EIO) { done, position in
        pread(file.number, buffer.baseAddress.map { $0 + done }, buffer.count - done, position)
      }
    }
  }

  func write(_ buffer: UnsafeRawBufferPointer, at offset: UInt64) throws(BlockStoreError) {
    switch place {
    case .memory(let memory):
      guard memory.write(buffer, at: offset) else {
        throw .failed(SystemError(errno: ENOSPC, attempt: "get memory for the overlay"))
      }
    case .file(let file):
      try transfer(buffer.count, at: offset, "write to", atEnd: ENOSPC) { done, position in
        pwrite(file.number, buffer.baseAddress.map { $0 + done }, buffer.count - done, position)
      }
    }
  }

  /// Gives the space of whole blocks back; they read as zeros then.
  func punch(offset: UInt64, length: UInt64) throws(BlockStoreError) {
    do throws(SystemError) {
      switch place {
      case .memory(let memory):
        try memory.punch(Int(clamping: offset >> 12)..<Int(clamping: (offset + length) >> 12))
      case .file(let file):
        try syscall("give back blocks of the overlay in \(name)") {
          clinux_punch_hole(file.number, off_t(clamping: offset &+ dataOffset), off_t(clamping: length))
        }
      }
    } catch { throw .failed(error) }
  }

  /// Puts everything written on stable storage; memory has none.
  func synchronize() throws(BlockStoreError) {
    if isMemory { return }
    do {
      try syscall("flush the overlay in \(name)") { fdatasync(descriptor) }
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
