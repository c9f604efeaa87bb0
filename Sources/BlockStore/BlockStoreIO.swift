import CLinux
import Glibc
import Linux

extension BlockStore {
  /// Reads what the page cache holds, without waiting for the medium.
  ///
  /// - Returns: false where not all of it could be had at once: read it with `read` or a ring.
  @inline(__always)
  public func readCached(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) -> Bool {
    guard let base = buffer.baseAddress, let position = off_t(exactly: offset) else { return buffer.isEmpty }
    return clinux_read_cached(descriptor, base, buffer.count, position) == buffer.count
  }

  /// Reads the whole of `buffer` from `offset`, waiting for the medium.
  ///
  /// - Throws: `failed`; reading past the end is EIO.
  public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(BlockStoreError) {
    var done = 0
    while done < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let count = try transfer("read \(path)", at: offset, done: done) { position in
        pread(descriptor, rest.baseAddress, rest.count, position)
      }
      guard count > 0 else { throw .failed(SystemError(errno: EIO, attempt: "read past the end of \(path)")) }
      done += count
    }
  }

  /// Writes the whole of `buffer` at `offset`.
  ///
  /// - Parameter durable: on stable storage before the call returns.
  /// - Throws: `failed`, `readOnly`, and `lostWrites` where `durable` could not be true to its word.
  public func write(_ buffer: UnsafeRawBufferPointer, at offset: UInt64, durable: Bool)
    throws(BlockStoreError)
  {
    try requireWritable()
    if durable { try requireNothingLost() }
    do throws(BlockStoreError) {
      try writeAll(buffer, at: offset, durable: durable)
    } catch {
      if durable { noteFailedFlush(errno: error.errno) }
      throw error
    }
  }

  private func writeAll(_ buffer: UnsafeRawBufferPointer, at offset: UInt64, durable: Bool)
    throws(BlockStoreError)
  {
    var done = 0
    while done < buffer.count {
      let rest = UnsafeRawBufferPointer(rebasing: buffer[done...])
      let count = try transfer("write \(path)", at: offset, done: done) { position in
        clinux_write(descriptor, rest.baseAddress, rest.count, position, durable ? 1 : 0)
      }
      guard count > 0 else { throw .failed(SystemError(errno: ENOSPC, attempt: "write \(path)")) }
      done += count
    }
  }

  /// Puts every completed write on stable storage (fdatasync, which flushes the device's own cache too).
  ///
  /// - Throws: `failed` the first time writes were lost, `lostWrites` ever after.
  public func synchronize() throws(BlockStoreError) {
    try requireNothingLost()
    do {
      try syscall("flush \(path)") { fdatasync(descriptor) }
    } catch {
      noteFailedFlush(errno: error.errno)
      throw .failed(error)
    }
  }

  /// Begins to bring the range into the page cache; nothing waits for it, and what cannot be read is read later.
  public func prefetch(offset: UInt64, length: UInt64) {
    guard let position = off_t(exactly: offset), let size = off_t(exactly: length) else { return }
    _ = posix_fadvise(descriptor, position, size, POSIX_FADV_WILLNEED)
  }

  /// Gives the range back to the medium; see `deallocation` for what it reads as then.
  ///
  /// - Throws: `failed` with EOPNOTSUPP where `deallocation` is `unsupported`.
  public func deallocate(offset: UInt64, length: UInt64) throws(BlockStoreError) {
    try requireWritable()
    if length == 0 { return }
    try range("deallocate blocks of \(path)", offset, length) { position, size in
      switch kind {
      case .blockDevice: clinux_discard(descriptor, offset, length)
      case .regularFile: clinux_punch_hole(descriptor, position, size)
      }
    }
  }

  /// Makes the range read as zeros, by the fastest way the medium has.
  public func zero(offset: UInt64, length: UInt64) throws(BlockStoreError) {
    try requireWritable()
    if length == 0 { return }
    do {
      try range("zero blocks of \(path)", offset, length) { position, size in
        switch kind {
        case .blockDevice: clinux_zero_out(descriptor, offset, length)
        case .regularFile: clinux_zero_range(descriptor, position, size)
        }
      }
    } catch {
      guard error.errno == EOPNOTSUPP else { throw error }
      try writeZeros(offset: offset, length: length)
    }
  }

  /// For file systems that cannot zero a range themselves.
  private func writeZeros(offset: UInt64, length: UInt64) throws(BlockStoreError) {
    let zeros = [UInt8](repeating: 0, count: Int(min(length, 1 << 20)))
    var done: UInt64 = 0
    while done < length {
      let part = Int(min(UInt64(zeros.count), length - done))
      let failure = zeros.withUnsafeBytes { bytes -> BlockStoreError? in
        do throws(BlockStoreError) {
          try write(UnsafeRawBufferPointer(rebasing: bytes[..<part]), at: offset &+ done, durable: false)
          return nil
        } catch { return error }
      }
      if let failure { throw failure }
      done += UInt64(part)
    }
  }

  private func requireWritable() throws(BlockStoreError) {
    guard mode == .readWrite else { throw .readOnly(path: path) }
  }

  private func requireNothingLost() throws(BlockStoreError) {
    if let errno = lostWritesErrno { throw .lostWrites(path: path, errno: errno) }
  }

  private func transfer(
    _ attempt: @autoclosure () -> String, at offset: UInt64, done: Int, _ body: (off_t) -> Int
  ) throws(BlockStoreError) -> Int {
    guard let start = off_t(exactly: offset), start <= off_t.max - off_t(done) else {
      throw .failed(SystemError(errno: EINVAL, attempt: attempt()))
    }
    do {
      return try syscall(attempt()) { body(start + off_t(done)) }
    } catch { throw .failed(error) }
  }

  private func range(
    _ attempt: @autoclosure () -> String, _ offset: UInt64, _ length: UInt64, _ body: (off_t, off_t) -> Int32
  ) throws(BlockStoreError) {
    guard let position = off_t(exactly: offset), let size = off_t(exactly: length) else {
      throw .failed(SystemError(errno: EINVAL, attempt: attempt()))
    }
    do {
      try syscall(attempt()) { body(position, size) }
    } catch { throw .failed(error) }
  }
}
