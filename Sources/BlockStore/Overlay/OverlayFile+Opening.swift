import CLinux
import Glibc
import Linux

extension OverlayFile {
  /// Opens the file of an overlay, or makes one.
  ///
  /// - Throws: `overlay` where the file there cannot be the expected one's; `inUse`; `cannotOpen`.
  static func open(_ path: String, expecting header: OverlayHeader) throws(BlockStoreError) -> OverlayLayer {
    let descriptor: OwnedDescriptor
    do { descriptor = try OwnedDescriptor(path: path, flags: O_RDWR | O_CREAT | O_NOFOLLOW) } catch {
      throw .cannotOpen(error)
    }
    try lock(descriptor.number, path)
    if try isUnwritten(descriptor.number, path) {
      do throws(SystemError) {
        try lay(out: descriptor.number, path, header)
      } catch {
        unlink(path)
        throw .cannotOpen(error)
      }
    } else {
      let found = try read(descriptor.number, path)
      if let problem = found.mismatch(with: header) { throw .overlay(path: path, problem: problem.text) }
    }
    return OverlayLayer(file: descriptor, name: path, dataOffset: header.dataOffset)
  }

  /// Opens a file of which the header says what it is.
  static func open(_ path: String) throws(BlockStoreError) -> (file: OverlayFile, descriptor: Int32) {
    let descriptor: OwnedDescriptor
    do { descriptor = try OwnedDescriptor(path: path, flags: O_RDWR | O_NOFOLLOW) } catch {
      throw .cannotOpen(error)
    }
    try lock(descriptor.number, path)
    let file = try OverlayFile(path: path, header: try read(descriptor.number, path))
    return (file, descriptor.release())
  }

  /// Reads and checks the header.
  static func read(_ descriptor: Int32, _ path: String) throws(BlockStoreError) -> OverlayHeader {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw .cannotOpen(SystemError(errno: errno, attempt: "stat \(path)"))
    }
    do throws(HeaderProblem) {
      let header = try OverlayHeader.decode(firstBytes(descriptor))
      guard UInt64(clamping: status.st_size) >= header.fileLength else {
        throw HeaderProblem("it was cut off at \(status.st_size) of \(header.fileLength) bytes")
      }
      return header
    } catch { throw .overlay(path: path, problem: error.text) }
  }

  /// Notes that the base has some of the blocks from now on.
  func markCommitting(_ descriptor: Int32) throws(BlockStoreError) {
    var header = header
    header.state = .committing
    do { try Self.write(header, descriptor, path) } catch { throw .failed(error) }
  }

  private static func lock(_ descriptor: Int32, _ path: String) throws(BlockStoreError) {
    do { try lockFile(descriptor, LOCK_EX, path: path, patience: .milliseconds(500)) } catch {
      guard error.errno == EWOULDBLOCK else { throw .cannotOpen(error) }
      throw .inUse(path: path, by: ["another program has locked it"])
    }
  }

  private static func firstBytes(_ descriptor: Int32) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: OverlayHeader.length)
    let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
    return Array(bytes.prefix(max(0, count)))
  }

  /// Whether a file was made but never got its header: nothing was acknowledged to it.
  private static func isUnwritten(_ descriptor: Int32, _ path: String) throws(BlockStoreError) -> Bool {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw .overlay(path: path, problem: "it is no regular file")
    }
    return firstBytes(descriptor).allSatisfy { $0 == 0 }
  }

  private static func lay(out descriptor: Int32, _ path: String, _ header: OverlayHeader)
    throws(SystemError)
  {
    try syscall("empty \(path)") { ftruncate(descriptor, 0) }
    try syscall("make a sparse file of \(header.fileLength) bytes at \(path)") {
      ftruncate(descriptor, off_t(clamping: header.fileLength))
    }
    try syscall("punch a hole in \(path), as ext4, xfs, btrfs and tmpfs can") {
      clinux_punch_hole(descriptor, off_t(clamping: header.dataOffset), 4096)
    }
    try write(header, descriptor, path)
    try flushDirectory(of: path)
  }

  /// Removes the file of an overlay, for good: after a power cut it must not come back and be taken for the newer one.
  static func remove(_ path: String) throws(SystemError) {
    try syscall("remove \(path)") { unlink(path) }
    try flushDirectory(of: path)
  }

  private static func flushDirectory(of path: String) throws(SystemError) {
    let directory = try OwnedDescriptor(
      path: path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        + "/.", flags: O_RDONLY)
    let number = directory.number
    try syscall("flush the directory of \(path)") { fsync(number) }
  }

  private static func write(_ header: OverlayHeader, _ descriptor: Int32, _ path: String) throws(SystemError)
  {
    let count = try syscall("write \(path)") {
      header.encoded.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    }
    guard count == OverlayHeader.length else { throw SystemError(errno: ENOSPC, attempt: "write \(path)") }
    try syscall("flush \(path)") { fdatasync(descriptor) }
  }
}
