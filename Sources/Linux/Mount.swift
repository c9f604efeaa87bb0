import CLinux
import Glibc

/// Restrictions of a mount.
public struct MountOptions: OptionSet, Hashable, Sendable {
  public let rawValue: Int32
  public init(rawValue: Int32) { self.rawValue = rawValue }

  public static let readOnly = MountOptions(rawValue: Int32(CLINUX_MOUNT_READ_ONLY))
  /// Set-user-ID bits are ignored.
  public static let noSetUserID = MountOptions(rawValue: Int32(CLINUX_MOUNT_NO_SUID))
  public static let noDevices = MountOptions(rawValue: Int32(CLINUX_MOUNT_NO_DEVICES))
  public static let noExecution = MountOptions(rawValue: Int32(CLINUX_MOUNT_NO_EXECUTION))
}

/// Mounts a file system, making the mount point if it is missing.
///
/// - Parameter data: options of the file system itself, as `noload,errors=continue`.
/// - Throws: `SystemError` of mkdir(2) or mount(2).
public func mountFileSystem(
  _ type: String, from source: String, at target: String, options: MountOptions = [], data: String = ""
) throws(SystemError) {
  try makeDirectories(target)
  try syscall("mount \(source) (\(type)) at \(target)") {
    clinux_mount(source, target, type, options.rawValue, data)
  }
}

/// Unmounts what is mounted at `target`.
///
/// - Parameters:
///   - lazily: detaches it at once even if it is in use.
///   - patience: how long to wait where it is in use: a process that is just being started has copies of all
///     descriptors until it runs its program.
public func unmountFileSystem(
  _ target: String, lazily: Bool = false, patience: Duration = .zero
) throws(SystemError) {
  let deadline = ContinuousClock.now + patience
  while clinux_unmount(target, lazily ? 1 : 0) != 0 {
    let failure = SystemError(errno: errno, attempt: "unmount \(target)")
    guard failure.errno == EBUSY || failure.errno == EINTR, ContinuousClock.now < deadline else {
      throw failure
    }
    _ = poll(nil, 0, 20)
  }
}

/// Makes a directory and those above it; existing ones are no error.
public func makeDirectories(_ path: String, mode: mode_t = 0o755) throws(SystemError) {
  var made = path.hasPrefix("/") ? "" : "."
  for part in path.split(separator: "/") {
    made += "/\(part)"
    do {
      try syscall("make the directory \(made)") { mkdir(made, mode) }
    } catch {
      guard error.errno == EEXIST else { throw error }
    }
  }
}

/// Writes back and forgets what the kernel has cached of a block device's blocks (BLKFLSBUF).
public func flushBlockCache(_ path: String) throws(SystemError) {
  let device = try OwnedDescriptor(path: path, flags: O_RDONLY)
  try syscall("flush the cache of \(path)") { clinux_flush_block_cache(device.number) }
}
