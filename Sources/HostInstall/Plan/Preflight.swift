/// Judges whether a system can be installed into. Changes nothing.
struct Preflight {
  let facts: HostFacts
  let profile: DistroProfile?
  let root: HostRoot
  let initramfs: InstallOptions.InitramfsMode
  let bootLoaders: BootLoaderSelection?
  /// The system's kernel that takes the place of the payload's.
  var hostKernel: KernelFacts?

  func findings() -> [Finding] {
    guard let profile else { return [unknownDistribution] }
    if let instructions = profile.instructions {
      return [
        Finding(
          .refusal,
          "\(profile.name) is configured as a whole: add this by hand:\n"
            + instructions.joined(separator: "\n"))
      ]
    }
    return (bootLoaders?.findings ?? []) + storage + generator(profile) + space + remarks
  }

  private var unknownDistribution: Finding {
    Finding(
      .refusal, "there is no profile for \(facts.distribution.name) (ID=\(facts.distribution.id))",
      remedy: "copy the profile in distro/ that comes closest, name this ID in it, and try again")
  }

  private var storage: [Finding] {
    var findings: [Finding] = []
    switch facts.bootFileSystem {
    case nil:
      findings.append(
        Finding(
          .refusal, "it is unknown which file system holds /boot",
          remedy: "mount the system's root at \(facts.root), or name it in its /etc/fstab by UUID"))
    case let boot? where boot.type == "zfs" || boot.isLayered:
      findings.append(
        Finding(
          .refusal,
          "/boot is on \(boot.type == "zfs" ? "ZFS" : "LVM, RAID or an encrypted device"): the ramdisk could not read the kernels in it",
          remedy: "move /boot to a partition of its own"))
    default: break
    }
    if facts.disks.isEmpty {
      findings.append(
        Finding(
          .refusal, "no disk was found that holds the system",
          remedy: "name the disk to share: --disk /dev/DISK"))
    }
    for disk in facts.disks where disk.identity == nil { findings.append(nameless(disk)) }
    if facts.rootFileSystem?.type == "overlay" || facts.rootFileSystem?.type == "tmpfs" {
      findings.append(
        Finding(
          .refusal, "the root is not on a disk: this is a live system or a container",
          remedy: "run this on the installed system, or name where it is mounted with --root"))
    }
    return findings
  }

  private func nameless(_ disk: DiskFacts) -> Finding {
    guard disk.clones.isEmpty else {
      return Finding(
        .refusal,
        "\(disk.path) cannot be told from \(disk.clones.joined(separator: ", ")): one is a copy of the other",
        remedy: "detach the copy, or give it another identifier (sgdisk --disk-guid=R)")
    }
    return Finding(
      .refusal,
      "\(disk.path) has neither a partition table's identifier nor a world-wide name or serial number",
      remedy: "share another disk with --disk")
  }

  private func generator(_ profile: DistroProfile) -> [Finding] {
    if facts.kernels.isEmpty {
      return [
        Finding(
          .refusal, "no installed kernel was found: there would be nothing to boot over the network",
          remedy: "install the distribution's kernel package")
      ]
    }
    guard initramfs == .switch else { return [] }
    if profile.initramfs?.switch == nil || profile.packages == nil {
      return [
        Finding(
          .refusal, "the profile for \(profile.name) does not say how to switch to dracut",
          remedy: "--initramfs keep")
      ]
    }
    let known: Set<InitramfsFacts.Generator> = [.initramfsTools, .dracut]
    if !known.contains(facts.initramfs.generator) {
      return [
        Finding(
          .refusal,
          "the initramfs generator \(facts.initramfs.generator.rawValue) cannot be replaced by dracut yet",
          remedy: "--initramfs keep")
      ]
    }
    return []
  }

  private var space: [Finding] {
    guard let free = try? FreeSpace.available(at: root.resolve("/boot")), free < 64 << 20 else { return [] }
    return [
      Finding(
        .warning, "only \(free >> 20) MiB are free in /boot",
        remedy: "remove old kernels (apt-get autoremove)")
    ]
  }

  private var remarks: [Finding] {
    var findings: [Finding] = []
    if facts.secureBoot == .enabled { findings.append(secureBoot) }
    if facts.rootFileSystem?.isLayered == true {
      findings.append(
        Finding(
          .note,
          "the root is on LVM, RAID or an encrypted device: initiators assemble or unlock it as this machine does"
        ))
    }
    if facts.disks.count > 1 {
      findings.append(Finding(.note, "the system lies on \(facts.disks.count) disks: all of them are shared"))
    }
    return findings
  }

  private var secureBoot: Finding {
    guard let hostKernel else {
      return Finding(
        .warning,
        "Secure Boot is on: the firmware refuses the ramdisk's own kernel, which nobody signed",
        remedy: "--kernel host takes the distribution's signed kernel instead; or turn Secure Boot off")
    }
    return Finding(
      .note,
      "Secure Boot is on: the ramdisk starts with the distribution's signed kernel \(hostKernel.version) and its modules; "
        + "'ramdisk-install update' takes a newer one")
  }
}
