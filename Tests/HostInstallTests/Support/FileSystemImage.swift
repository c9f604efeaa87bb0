import Glibc
import Linux

@testable import HostInstall

/// A kind of file system that systems have their boot files on.
enum FileSystemKind: String, CaseIterable, Sendable {
  case ext4, xfs, vfat

  /// Whether the kernel that runs here has it.
  var isKnown: Bool {
    (Files.text("/proc/filesystems") ?? "").split(separator: "\n").contains {
      $0.split(separator: "\t").last == Substring(rawValue)
    }
  }

  /// Shell command that makes one in the file `"$1"`.
  fileprivate var make: String {
    switch self {
    case .ext4: "mkfs.ext4 -q -F -O ^resize_inode \"$1\""
    // As xfsprogs' own tests ask for one as small as this.
    case .xfs: "TEST_DIR=1 TEST_DEV=1 QA_CHECK_FS=1 mkfs.xfs -q -f \"$1\""
    case .vfat: "mkfs.vfat \"$1\" >/dev/null"
    }
  }
}

/// A file system in an image file. What is in the file is what a disk without a write cache has after a power cut.
final class FileSystemImage: Sendable {
  static let size = 64 << 20

  let kind: FileSystemKind
  let path: String
  let mountPoint: String

  /// - Parameter path: an existing image, or one to be made.
  init(_ kind: FileSystemKind, _ path: String, mountedAt mountPoint: String) throws {
    self.kind = kind
    self.path = path
    self.mountPoint = mountPoint
    if !Files.exists(path) { try shell("truncate -s \(Self.size) \"$1\" && \(kind.make)", path) }
  }

  func mount() throws {
    // A copy has the identifier of its original.
    let options = kind == .xfs ? "loop,nouuid" : "loop"
    try shell("mkdir -p \"$2\" && mount -o \"$3\" \"$1\" \"$2\"", path, mountPoint, options)
  }
  func unmount() throws { try shell("umount \"$1\"", mountPoint) }

  /// What systems do before they mount one that was not unmounted: on FAT, which has no log, a file that was just being
  /// removed may have a name still but no content.
  func repair() throws {
    // 1: something was repaired.
    if kind == .vfat { try shell("fsck.vfat -a \"$1\" >/dev/null || [ $? = 1 ]", path) }
  }

  /// The image as it is now, whatever the kernel has not written yet.
  func copy(to other: String) throws { try shell("cp --sparse=auto \"$1\" \"$2\"", path, other) }

  /// What GRUB's own reader of this file system finds, which replays no log: content by path from its top.
  func readByGRUB(below directory: String) throws -> [String: FileImage] {
    let point = path + ".grub"
    try shell("mkdir -p \"$2\" && grub-mount \"$1\" \"$2\"", path, point)
    let images: [String: FileImage]
    do { images = try TreeSnapshot([directory], in: HostRoot(path: point)).images } catch {
      try shell("umount \"$1\"", point)
      throw error
    }
    try shell("umount \"$1\"", point)
    return images
  }
}

/// What happens to a file system while it is in use.
enum FileSystemFault: String, CaseIterable, Sendable {
  case full, failing
  case readOnly = "read-only"

  /// Called like a temporary file, which no boot loader looks at.
  private static let filler = ".filler.ramdisk-install"

  static func isFiller(_ path: String) -> Bool { path.hasSuffix("/\(filler)") }

  /// Makes the file, empty yet, that fills the file system: it is not the full disk that should write directories.
  static func prepare(_ mountPoint: String) throws { try shell(": >\"$1\"", "\(mountPoint)/\(filler)") }

  /// Makes every further write fail: with `ENOSPC`, `EIO` or `EROFS`.
  func strike(_ image: FileSystemImage) throws {
    switch self {
    case .full:
      try shell(
        "! dd if=/dev/zero of=\"$1\" bs=64k conv=notrunc 2>/dev/null", "\(image.mountPoint)/\(Self.filler)")
    case .readOnly: try shell("mount -o remount,ro \"$1\"", image.mountPoint)
    case .failing:
      let top = try OwnedDescriptor(path: image.mountPoint, flags: O_RDONLY)
      // XFS_IOC_GOINGDOWN, EXT4_IOC_SHUTDOWN: nothing is written any more.
      var flags: UInt32 = 2
      try syscall("shut \(image.mountPoint) down") { ioctl(top.number, 0x8004_587D, &flags) }
    }
  }

  func heal(_ image: FileSystemImage) throws {
    switch self {
    case .full: try shell("truncate -s 0 \"$1\"", "\(image.mountPoint)/\(Self.filler)")
    case .readOnly: try shell("mount -o remount,rw \"$1\"", image.mountPoint)
    case .failing:
      try image.unmount()
      try image.mount()
    }
  }
}

/// Runs a short script; from where faults are made nothing can wait for a task.
func shell(_ script: String, _ arguments: String...) throws {
  var process = pid_t()
  let words = ["sh", "-ec", script, "sh"] + arguments
  var pointers: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
  defer { for pointer in pointers { free(pointer) } }
  let code = posix_spawn(&process, "/bin/sh", nil, nil, &pointers, environ)
  guard code == 0 else { throw SystemError(errno: code, attempt: "run \(script)") }
  var status: Int32 = 0
  while waitpid(process, &status, 0) < 0 {
    guard errno == EINTR else { throw SystemError(errno: errno, attempt: "wait for \(script)") }
  }
  guard status == 0 else { throw SystemError(errno: EPROTO, attempt: "run \(words.dropFirst(2))") }
}
