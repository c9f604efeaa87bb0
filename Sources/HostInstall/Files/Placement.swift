import Glibc
import Linux

extension AtomicFile {
  /// How a finished file takes its name, and how a name goes.
  ///
  /// A boot loader does not replay the file system's log, and sees of several blocks that belong together some as they
  /// were and some as they are. So what it reads is written to its place before a name leads to it, and goes only when
  /// no name leads to it any more.
  public struct Placement: Sendable {
    /// Whether a boot loader reads the file.
    var isForBootLoader = false
    var faults = FaultPoints.none

    public init() {}

    /// Of the file `real`, a path of this machine, in the system below `root`.
    init(of real: String, in root: HostRoot, _ faults: FaultPoints) {
      isForBootLoader = BootFiles.hold(real, in: root)
      self.faults = faults
    }

    /// Gives the finished, flushed `temporary` the name `path`.
    func place(_ temporary: String, _ path: String) throws {
      if isForBootLoader, try Files.status(path) != nil { try settleFileSystem(of: Files.parent(path)) }
      // FAT has no `rename` over a file that a power cut leaves with one of the two.
      if isForBootLoader || FAT.holds(temporary), try exchange(temporary, path) { return }
      try syscall("rename \(temporary) to \(path)") { rename(temporary, path) }
      if isForBootLoader { try settleFileSystem(of: Files.parent(path)) }
    }

    /// Swaps the names and removes what had `path`: both names are there at any moment, each with a whole file.
    ///
    /// - Returns: false where the kernel or the file system cannot, and where nothing has that name.
    private func exchange(_ temporary: String, _ path: String) throws -> Bool {
      guard try swap(temporary, path) else { return false }
      try flushDirectory(Files.parent(path))
      try faults.reach("exchanged the names of \(path)")
      if isForBootLoader { try settleFileSystem(of: Files.parent(path)) }
      try unlinkSettled(temporary)
      return true
    }

    private func swap(_ temporary: String, _ path: String) throws(SystemError) -> Bool {
      do {
        try exchangeNames(temporary, path)
      } catch  where [EINVAL, ENOSYS, ENOENT, EXDEV, EOPNOTSUPP].contains(error.errno) {
        return false
      }
      return true
    }

    /// Removes `path`: at no moment does the name lead to a file that is gone already.
    func remove(_ path: String) throws {
      guard isForBootLoader else {
        try syscall("remove \(path)") { unlink(path) }
        return
      }
      let temporary = temporaryPath(for: path)
      guard rename(path, temporary) == 0 else {
        let failure = SystemError(errno: errno, attempt: "rename \(path) to \(temporary)")
        // A full directory of FAT has no room for the longer name, and removing is what makes room.
        guard failure.errno == ENOSPC else { throw failure }
        try syscall("remove \(path)") { unlink(path) }
        return
      }
      try faults.reach("hid \(path)")
      try settleFileSystem(of: Files.parent(path))
      try unlinkSettled(temporary)
    }

    /// Removes a hidden name. XFS may give back a block of the directory with it, which others may write to before the
    /// directory itself is in its place.
    private func unlinkSettled(_ temporary: String) throws {
      try syscall("remove \(temporary)") { unlink(temporary) }
      if isForBootLoader { try settleFileSystem(of: Files.parent(temporary)) }
    }
  }
}
