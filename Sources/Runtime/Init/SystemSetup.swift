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
    attempt { () throws(SystemError) in try redirectStandardDescriptors() }
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
    // What a flush has to write is bounded: initiators give up on one after a minute, and some disks are slow.
    for (name, mebibytes) in [("dirty_background_bytes", 16), ("dirty_bytes", 128)] {
      attempt { () throws(SystemError) in
        try writeFile("/proc/sys/vm/\(name)", Array("\(mebibytes << 20)".utf8))
      }
    }
    setenv("PATH", "/sbin:/bin:/usr/sbin:/usr/bin", 1)
    setenv("HOME", "/", 1)
    ignoreBrokenPipes()
    return problems
  }

  /// Descriptors 0...2 must be something harmless; what Swift writes when it crashes goes to the kernel's log.
  ///
  /// Not /dev/console, which a hang-up of the terminal behind it would leave dead.
  private static func redirectStandardDescriptors() throws(SystemError) {
    let input = try OwnedDescriptor(path: "/dev/null", flags: O_RDONLY)
    let output = try OwnedDescriptor(path: "/dev/kmsg", flags: O_WRONLY)
    // Were the three closed when the kernel started us, these two are among them: away from there first.
    let source = OwnedDescriptor(
      owning: try syscall("redirect standard input") { fcntl(input.number, F_DUPFD_CLOEXEC, 3) })
    let sink = OwnedDescriptor(
      owning: try syscall("redirect standard output") { fcntl(output.number, F_DUPFD_CLOEXEC, 3) })
    for opened in [input.release(), output.release()] where opened > 2 { close(opened) }
    try syscall("redirect standard input") { dup2(source.number, 0) }
    for descriptor in Int32(1)...2 {
      try syscall("redirect standard output") { dup2(sink.number, descriptor) }
    }
  }
}
