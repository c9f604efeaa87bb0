/// Judges whether a system can be installed into. Changes nothing.
struct Preflight {
  let facts: HostFacts
  let profile: DistroProfile?
  let root: HostRoot
  let initramfs: InstallOptions.InitramfsMode
  /// What an installation that is there was made with.
  var installed: InstallOptions.InitramfsMode?
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
    return guess(profile) + experience(profile) + (bootLoaders?.findings ?? []) + storage + generator(profile)
      + space + remarks
  }

  private var unknownDistribution: Finding {
    Finding(
      .refusal,
      "there is no profile for \(facts.distribution.name) (ID=\(facts.distribution.id)), and no package manager that is known here",
      remedy: """
        do it by hand:
          1. Install dracut with its network and iSCSI modules, and open-iscsi (iscsid, iscsiadm).
          2. dracut --kver VERSION --no-hostonly --no-hostonly-cmdline --add iscsi /boot/initramfs-VERSION.img;
             lsinitrd -m must then name the module iscsi. Keep the old image.
          3. Copy vmlinuz, initrd.img, modules.img and site.img to /boot/iscsi-target-ramdisk, and add an entry to the
             boot loader that loads the first with the other three, in this order, as its initial RAM disks.
        Or copy the profile in distro/ that comes closest, name this ID in it, and try again.
        """)
  }

  /// What nobody has seen work yet is said before it is tried on somebody's machine.
  private func experience(_ profile: DistroProfile) -> [Finding] {
    var findings: [Finding] = []
    if profile.support == .modelled {
      findings.append(
        Finding(
          .warning,
          "what is done on \(profile.name) was never seen on the real system, only on a model of it",
          remedy: "have a rescue medium at hand, and try it first where nothing is lost"))
    }
    if let kind = bootLoaders?.kind, ![.grub, .systemdBoot, .efi].contains(kind) {
      findings.append(
        Finding(
          .warning,
          "the way into the boot menu by \(kind.rawValue) was tested with its tools, never yet by a boot"))
    }
    return findings
  }

  /// The profile was chosen by the programs that are there.
  private func guess(_ profile: DistroProfile) -> [Finding] {
    let names = [facts.distribution.id] + facts.distribution.idLike
    guard Set(profile.match.ids + profile.match.idsLike).isDisjoint(with: names) else { return [] }
    return [
      Finding(
        .warning,
        "there is no profile for \(facts.distribution.name) (ID=\(facts.distribution.id)): it is treated like \(profile.name), whose tools it has"
      )
    ]
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
    for point in facts.failedMounts {
      findings.append(
        Finding(
          .refusal,
          "\(point) is mounted when it is asked for, and that fails: what boots this machine may be there",
          remedy:
            "run 'mount \(point)' and mend what it says; or do without that automount: systemctl mask --now "
            + "$(systemd-escape --path --suffix=automount \(point))"
        ))
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
    if let installed, installed != initramfs {
      return [
        Finding(
          .refusal, "it is installed with --initramfs \(installed.rawValue)",
          remedy: "ramdisk-install --uninstall, then install with --initramfs \(initramfs.rawValue)")
      ]
    }
    guard initramfs != .keep else { return [] }
    let change = initramfs == .switch ? profile.initramfs?.switch : profile.initramfs?.sidecar
    if change == nil || profile.packages == nil {
      let other = initramfs == .switch && profile.initramfs?.sidecar != nil ? "sidecar" : "keep"
      return [
        Finding(
          .refusal,
          "the profile for \(profile.name) does not say how to \(initramfs == .switch ? "switch to dracut" : "add dracut beside its generator")",
          remedy: "--initramfs \(other)")
      ]
    }
    let closed = facts.closedToDracut
    if initramfs == .switch && installed == nil && !closed.isEmpty {
      return [
        Finding(
          .refusal,
          "the root is on \(closed.joined(separator: " and ")), and the kernel's command line does not tell dracut how to open it: this machine would not boot from its own disk any more",
          remedy: "--initramfs sidecar")
      ]
    }
    let known: Set<InitramfsFacts.Generator> = [.initramfsTools, .dracut]
    if initramfs == .switch && !known.contains(facts.initramfs.generator) {
      return [
        Finding(
          .refusal,
          "the initramfs generator \(facts.initramfs.generator.rawValue) cannot be replaced by dracut",
          remedy: "--initramfs sidecar")
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
      let own = initramfs == .sidecar && !facts.closedToDracut.isEmpty
      findings.append(
        Finding(
          .note,
          "the root is on LVM, RAID or an encrypted device: initiators assemble or unlock it"
            + (facts.rootStack.hasVolumeGroups || facts.rootStack.hasRAID
              ? ", which was not tested by a boot yet" : "")
            + (own
              ? "; this machine keeps its own initramfs (sidecar), because dracut's would not open the root"
              : "")))
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
