import BlockProbe
import BootMenu
import Linux

/// Finds out what a system consists of. Reads only.
public struct Detector: Sendable {
  let root: HostRoot
  let profiles: ProfileDirectory
  let devices: [BlockDeviceInfo]
  let mounts: MountTable
  let machine: Machine

  /// What is asked of the running machine rather than of the system's files.
  public struct Machine: Sendable {
    /// Of a system that is only mounted: none.
    public var firmware: any FirmwareVariables
    public var commandLine: @Sendable () -> String
    /// Where a partition begins, in units of 512 bytes, by its kernel name.
    public var partitionStart: @Sendable (String) -> UInt64?

    public init(
      firmware: any FirmwareVariables = AbsentFirmware(),
      commandLine: @escaping @Sendable () -> String = { Files.text("/proc/cmdline") ?? "" },
      partitionStart: @escaping @Sendable (String) -> UInt64? = { name in
        Files.text("/sys/class/block/\(name)/start").flatMap { UInt64($0.filter(\.isNumber)) }
      }
    ) {
      self.firmware = firmware
      self.commandLine = commandLine
      self.partitionStart = partitionStart
    }
  }

  public init(
    root: HostRoot, profiles: ProfileDirectory, devices: [BlockDeviceInfo], mounts: MountTable,
    machine: Machine = Machine()
  ) {
    self.root = root
    self.profiles = profiles
    self.devices = devices
    self.mounts = mounts
    self.machine = machine
  }

  /// A detector with this machine's devices and mounts. What is mounted when it is asked for is asked for.
  public static func system(
    root: HostRoot, profiles: ProfileDirectory, firmware: any FirmwareVariables = AbsentFirmware()
  ) throws -> Detector {
    BootFiles.mountAll(in: root)
    return try Detector(
      root: root, profiles: profiles, devices: BlockDevices().list(),
      mounts: MountTable(Files.text("/proc/self/mountinfo") ?? ""),
      machine: Machine(firmware: firmware))
  }

  /// - Parameter chosenDisks: paths or identities given by the user, in the order of their LUNs; empty finds them.
  /// - Throws: `SystemError` for what cannot be read. What does not fit is no error but a finding of `Preflight`.
  public func detect(chosenDisks: [String] = []) throws -> (facts: HostFacts, profile: DistroProfile?) {
    let release = OSRelease(of: root)
    let profile = profiles.profile(for: release, root: root)
    let rootFileSystem = fileSystem(of: "/")
    let bootFileSystem = fileSystem(of: "/boot")
    let grub = profile?.grub.flatMap {
      GRUBProbe(root: root, names: $0, bls: profile?.bls, foreign: profiles.predecessor?.paths(.script) ?? [])
        .facts()
    }
    let efi = profile?.efi ?? .standard
    let systemdBoot = profile?.systemdBoot ?? .standard
    let system = bootPartitions(efi.mountPoints, with: "/EFI")
    let entries = bootPartitions(systemdBoot.mountPoints, with: "/loader/entries")
    let loader = SystemdBootProbe(root: root, firmware: machine.firmware).facts(
      system: system, entries: entries)
    let facts = HostFacts(
      root: root.path, distribution: release, profile: profile?.name,
      initramfs: InitramfsProbe(root: root).facts(),
      kernels: try kernels(profile, loader),
      grub: grub,
      systemdBoot: loader,
      efi: EFIProbe(firmware: machine.firmware).facts(system: system),
      bootPartitions: Set((system + entries).map(\.mountPoint)).sorted(),
      failedMounts: BootFiles.mountPoints.filter { isPromised($0) },
      otherBootLoaders: OtherBootLoader.find(root: root, mountPoints: system.map(\.mountPoint)),
      predecessor: profiles.predecessor.flatMap {
        PredecessorProbe(root: root, predecessor: $0).facts(configuration: grub?.configuration)
      },
      rootFileSystem: rootFileSystem?.facts, rootStack: rootStack(rootFileSystem),
      bootFileSystem: bootFileSystem?.facts,
      bootPath: pathInFileSystem("/boot"),
      disks: try disks(chosen: chosenDisks, holding: [rootFileSystem?.device, bootFileSystem?.device]),
      commandLine: commandLine(grub, profile, rootUUID: rootFileSystem?.facts.uuid).description,
      secureBoot: SecureBootState.of(machine.firmware),
      network: network(), writesEntries: writesEntries, selinux: SELinuxPolicy(of: root))
    return (facts, profile)
  }

  private func commandLine(_ grub: GRUBFacts?, _ profile: DistroProfile?, rootUUID: String?)
    -> KernelCommandLine
  {
    let ofEntries =
      grub?.commandLine ?? profile?.grub.flatMap { GRUBDefaults(root: root, path: $0.defaults)?.commandLine }
    let text = ofEntries ?? (root.isLocal ? machine.commandLine() : "")
    return KernelCommandLine(text).portable().withRoot(uuid: rootUUID)
  }

  private func kernels(_ profile: DistroProfile?, _ loader: SystemdBootFacts?) throws -> [KernelFacts] {
    guard let names = profile?.kernels else { return [] }
    let copies = loader.map { SystemdBootCopies($0, root) }
    return try KernelProbe(root: root, names: names).kernels().map { kernel in
      var kernel = kernel
      kernel.copies = copies?.paths(of: kernel) ?? []
      return kernel
    }
  }

  private func network() -> NetworkFacts {
    func has(_ paths: String...) -> Bool { paths.contains { Files.exists(root.resolve($0)) } }
    let wants = "/etc/systemd/system/multi-user.target.wants/systemd-networkd.service"
    return NetworkFacts(
      hasNetworkManager: has("/usr/sbin/NetworkManager", "/usr/bin/NetworkManager"),
      usesNetworkd: (try? Files.status(root.resolve(wants, followLast: false))) ?? nil != nil
        || has("/usr/sbin/netplan"),
      hasWicked: has("/usr/sbin/wicked"),
      usesSystemd: has("/usr/lib/systemd/systemd", "/lib/systemd/systemd"))
  }

  /// Whether kernel-install writes boot loader entries here.
  private var writesEntries: Bool {
    BootFiles.mountPoints.contains {
      !isPromised($0) && Files.isDirectory(root.resolve($0 + "/loader/entries"))
    }
  }
}
