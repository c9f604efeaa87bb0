import Glibc
import Synchronization
import Testing

@testable import HostInstall

/// apt, dpkg, dracut and GRUB's tools, as far as the installer uses them, on a `FakeSystem`. Anything else fails the
/// test: nothing real is ever run.
final class FakePrograms: CommandRunner {
  let system: FakeSystem
  private let faults: FaultPoints
  private let recorded = Mutex<[Command]>([])
  /// What dracut puts into its images; without the module `iscsi` they are unfit.
  let imageModules: [String]
  /// Removed by the switch besides the generator.
  let alsoRemoved: [String]
  /// What `dpkg --audit` prints.
  let halfInstalled: String
  /// Installed by the user after the switch.
  let needingDracut: [String]
  /// Whether dracut has the boot loader start what it made, even if told not to.
  let callsHooks: Bool

  init(
    _ system: FakeSystem, faults: FaultPoints = .none,
    imageModules: [String] = ["iscsi", "network", "kernel-modules"], alsoRemoved: [String] = [],
    halfInstalled: String = "", needingDracut: [String] = [], callsHooks: Bool = false
  ) {
    self.callsHooks = callsHooks
    self.system = system
    self.faults = faults
    self.imageModules = imageModules
    self.alsoRemoved = alsoRemoved
    self.halfInstalled = halfInstalled
    self.needingDracut = needingDracut
  }

  var commands: [Command] { recorded.withLock { $0 } }

  /// One that some other program may install.
  static let newKernel = "6.1.0-11-amd64"

  private static let base = ["bash", "initramfs-tools-core", "procps"]
  private static let new = ["dracut-core", "dracut", "open-iscsi", "dracut-network", "dbus"]

  func run(_ command: Command) async throws -> CommandResult {
    recorded.withLock { $0.append(command) }
    let words = command.arguments
    switch words.first {
    case "dpkg-query": return CommandResult(status: 0, output: packages.map { "\($0)\t1\tii \n" }.joined())
    case "dpkg" where words == ["dpkg", "--audit"]: return CommandResult(status: 0, output: halfInstalled)
    case "apt-mark" where words[1] == "showmanual":
      return CommandResult(status: 0, output: "bash\ninitramfs-tools\n")
    case "apt-mark": return CommandResult(status: 0)
    case "sh" where words.count == 3: return CommandResult(status: 0)
    case "sh": return try download(words)
    case "apt-get": return try apt(words)
    case "dracut": return try dracut(command)
    case "lsinitrd": return list(words)
    case "grub-script-check": return CommandResult(status: Files.exists(system.path(words[1])) ? 0 : 1)
    case "grub-reboot":
      let rest = EnvironmentBlock(system.text("/boot/grub/grubenv") ?? "")?.removing("next_entry").text ?? ""
      let lines = rest.prefix(
        rest.lastIndex(of: "\n").map { rest.distance(from: rest.startIndex, to: $0) + 1 } ?? 0)
      try system.write("/boot/grub/grubenv", lines + "next_entry=\(words[1])\n####")
      return CommandResult(status: 0)
    case "grub-mkconfig": return try generate(words)
    case "update-initramfs":
      try system.write(
        "/boot/initrd.img-\(words[3])", "initramfs-tools image of \(words[3]), made anew", mode: 0o640)
      return CommandResult(status: 0)
    default:
      Issue.record("a real program would have been run: \(command)")
      return CommandResult(status: 127)
    }
  }

  /// The system's own entries, then what our script prints.
  private func generate(_ words: [String]) throws -> CommandResult {
    try faults.reach("before generating")
    let script = system.text("/etc/grub.d/42_ramdisk-install") ?? ""
    let lines = script.split(separator: "\n", omittingEmptySubsequences: false)
    let ours = lines.drop { !$0.hasPrefix("cat <<") }.dropFirst().prefix { $0 != "END_OF_RAMDISK_INSTALL" }
    let foreign =
      Files.exists(system.path(ShellVersion.script())) ? ShellVersion.section(of: ShellVersion.script()) : ""
    try system.write(
      words[2], FakeBootLoaders.generatedConfiguration + foreign + ours.map { $0 + "\n" }.joined(),
      mode: FileImage(of: system.path(words[2])).mode)
    return CommandResult(status: 0)
  }

  private var packages: [String] {
    let old = Files.exists(system.path("/usr/sbin/update-initramfs")) ? ["initramfs-tools"] : []
    let kernel = Files.exists(system.path("/boot/vmlinuz-\(FakePrograms.newKernel)"))
    return FakePrograms.base + old + (kernel ? ["linux-image-\(FakePrograms.newKernel)"] : [])
      + (isBesideGenerator ? FakePrograms.newBeside : switched ? FakePrograms.new : [])
  }

  private var switched: Bool { Files.exists(system.path("/usr/bin/dracut")) }

  private func download(_ words: [String]) throws -> CommandResult {
    for name in words.dropFirst(4) { try system.write("\(words[3])/\(name)_1_all.deb", "package") }
    return CommandResult(status: 0)
  }

  private func apt(_ words: [String]) throws -> CommandResult {
    if words.contains("update") { return CommandResult(status: 0) }
    let wantsDracut = words.contains("dracut")
    if words.contains("dracut-core") || isBesideGenerator { return try beside(words) }
    if words.contains("-s") {
      var lines: [String] = []
      if wantsDracut && !switched {
        lines =
          (["initramfs-tools"] + alsoRemoved).map { "Remv \($0) [1]" }
          + FakePrograms.new.map { "Inst \($0) (1 Fake [all])" }
      } else if !wantsDracut {
        lines =
          FakePrograms.new.filter { packages.contains($0) }.map { "Purg \($0) [1]" } + [
            "Inst initramfs-tools (1 Fake [all])"
          ] + needingDracut.map { "Remv \($0) [1]" }
      }
      return CommandResult(status: 0, output: lines.joined(separator: "\n"))
    }
    try faults.reach("before packages")
    if wantsDracut { try switchToDracut() } else { try switchBack() }
    try faults.reach("after packages")
    return CommandResult(status: 0)
  }

  /// dracut was added beside initramfs-tools.
  private var isBesideGenerator: Bool { switched && Files.exists(system.path("/usr/sbin/update-initramfs")) }

  private static let newBeside = ["dracut-core", "open-iscsi", "dracut-network", "dbus"]

  private func beside(_ words: [String]) throws -> CommandResult {
    let removes = words.contains { $0.hasSuffix("-") }
    if words.contains("-s") {
      let names = FakePrograms.newBeside.filter { packages.contains($0) == removes }
      return CommandResult(
        status: 0,
        output: names.map { removes ? "Purg \($0) [1]" : "Inst \($0) (1 Fake [all])" }.joined(
          separator: "\n"))
    }
    try faults.reach("before packages")
    if removes {
      try removeDracut()
    } else {
      try addDracut()
    }
    // open-iscsi brings a hook along, and its trigger builds the newest image anew.
    let newest = FakeSystem.kernels[1]
    try system.write("/boot/initrd.img-\(newest)", "initramfs-tools image of \(newest), by a trigger")
    try faults.reach("after packages")
    return CommandResult(status: 0)
  }

  private func switchToDracut() throws {
    try system.remove("/usr/sbin/update-initramfs")
    try addDracut()
  }

  private func addDracut() throws {
    try addMessageBus()
    try faults.reach("half of the packages")
    try system.write("/etc/iscsi/iscsid.conf", "node.startup = manual\n")
    try system.write("/etc/ld.so.cache", "with libisns")
    try system.write("/usr/lib/dracut/dracut-version.sh", "DRACUT_VERSION=059-4\n")
    try system.write("/usr/bin/dracut", "#!/bin/sh\n")
  }

  /// A user, added as adduser does it, with backups; purging the package leaves it.
  private func addMessageBus() throws {
    for (path, line) in [
      ("/etc/passwd", "messagebus:x:100:101::/nonexistent:/usr/sbin/nologin\n"),
      ("/etc/group", "messagebus:x:101:\n"),
    ] {
      let old = system.text(path) ?? ""
      guard !old.contains("messagebus") else { continue }
      try system.write(path + "-", old)
      try system.write(path, old + line)
    }
    try system.write("/var/lib/dbus/machine-id", "0123\n")
  }

  private func removeDracut() throws {
    for path in [
      "/usr/bin/dracut", "/usr/lib/dracut/dracut-version.sh", "/etc/iscsi/iscsid.conf", "/etc/ld.so.cache",
    ] {
      try system.remove(path)
    }
    for path in ["/etc/iscsi", "/usr/lib/dracut", "/usr/lib", "/usr/bin"] { rmdir(system.path(path)) }
  }

  private func switchBack() throws {
    try removeDracut()
    try faults.reach("half of the packages back")
    // As Debian's package does, for the newest kernel.
    let newest = FakeSystem.kernels[1]
    try system.write(
      "/boot/initrd.img-\(newest)", "initramfs-tools image of \(newest), by its trigger", mode: 0o640)
    try system.write("/usr/sbin/update-initramfs", "#!/bin/sh\n# initramfs-tools\n")
  }

  private func dracut(_ command: Command) throws -> CommandResult {
    guard switched, let target = command.arguments.last else { return CommandResult(status: 127) }
    try system.write(target, "dracut image: \(imageModules.joined(separator: " "))", mode: 0o600)
    if system.loader == .systemdBoot, callsHooks || command.environment["NO_POST_UPDATE_HOOKS"] == nil {
      try FakeBootLoaders.start(target, in: system)
    }
    return CommandResult(status: 0)
  }

  private func list(_ words: [String]) -> CommandResult {
    guard let text = system.text(words[1]), text.hasPrefix("dracut image: ") else {
      return CommandResult(status: 1)
    }
    let modules = text.dropFirst("dracut image: ".count).split(separator: " ")
    let files = [
      "usr/sbin/iscsid", "usr/bin/iscsiadm", "usr/bin/mount",
      "usr/lib/modules/6/kernel/drivers/scsi/iscsi_tcp.ko",
    ]
    return CommandResult(
      status: 0,
      output: "dracut modules:\n" + modules.joined(separator: "\n") + "\n======\n"
        + files.map { "-rwxr-xr-x 1 root root 1 Jan 1 1970 \($0)\n" }.joined() + "======\n")
  }
}
