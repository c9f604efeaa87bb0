import Glibc
import Linux

/// What PID 1 does before anything else: the file systems of the kernel, standard descriptors, limits.
///
/// /proc is mounted already: Swift's own start needs it (CEarlyProc).
enum SystemSetup {
  /// Does all of it; a step that fails does not keep the others from being tried.
  ///
  /// - Returns: what failed.
  static func run() -> [SystemError] {
    var problems: [SystemError] = []
    func attempt(_ step: () throws(SystemError) -> Void) {
      do throws(SystemError) { try step() } catch {
        // Already mounted, by a kernel with DEVTMPFS_MOUNT or by whoever started us.
        if error.errno != EBUSY { problems.append(error) }
      }
    }
    let restricted: MountOptions = [.noSetUserID, .noDevices, .noExecution]
    attempt { () throws(SystemError) in
      try mountFileSystem("devtmpfs", from: "dev", at: "/dev", options: [.noSetUserID], data: "mode=0755")
    }
    attempt { () throws(SystemError) in try openStandardDescriptors() }
    attempt { () throws(SystemError) in
      try mountFileSystem("sysfs", from: "sys", at: "/sys", options: restricted)
    }
    attempt { () throws(SystemError) in
      try mountFileSystem(
        "tmpfs", from: "run", at: "/run", options: [.noSetUserID, .noDevices], data: "mode=0755")
    }
    attempt { () throws(SystemError) in
      try mountFileSystem(
        "tmpfs", from: "tmp", at: "/tmp", options: [.noSetUserID, .noDevices], data: "mode=1777")
    }
    attempt { () throws(SystemError) in
      try mountFileSystem("devpts", from: "pts", at: "/dev/pts", options: [.noSetUserID, .noExecution])
    }
    attempt { () throws(SystemError) in try raiseDescriptorLimit(to: 65536) }
    attempt { () throws(SystemError) in try catchCtrlAltDel() }
    // Should this program ever crash: back to the boot menu instead of hanging for ever.
    attempt { () throws(SystemError) in try writeFile("/proc/sys/kernel/panic", Array("20".utf8)) }
    attempt { () throws(SystemError) in
      try writeFile("/proc/sys/kernel/hostname", Array("iscsi-target-ramdisk".utf8))
    }
    setenv("PATH", "/sbin:/bin:/usr/sbin:/usr/bin", 1)
    setenv("HOME", "/", 1)
    ignoreBrokenPipes()
    return problems
  }

  /// The kernel opens /dev/console for PID 1 only if the initramfs has it; descriptors 0...2 must not be disks.
  private static func openStandardDescriptors() throws(SystemError) {
    var console = try syscall("open /dev/console") { open("/dev/console", O_RDWR | O_NOCTTY) }
    if console < 3 {
      // It fell into the gap itself: move it up, so that all three can be laid over it.
      console = try syscall("duplicate /dev/console") { fcntl(console, F_DUPFD_CLOEXEC, 3) }
    }
    for descriptor in Int32(0)...2 {
      try syscall("duplicate /dev/console") { dup2(console, descriptor) }
    }
    close(console)
  }
}
