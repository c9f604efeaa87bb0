/// What the user chose.
public struct InstallOptions: Hashable, Sendable {
  /// What happens to the initramfs.
  public enum InitramfsMode: String, Hashable, Sendable, CaseIterable {
    /// dracut becomes the system's generator.
    case `switch`
    /// The system's own stays; a second image beside it is made by dracut.
    case sidecar
    /// Nothing is changed.
    case keep
  }

  /// Whose kernel the ramdisk starts with.
  public enum Kernel: String, Hashable, Sendable, CaseIterable {
    /// The one that comes with the ramdisk.
    case payload
    /// The system's newest, which the distribution signed, with its modules.
    case host
  }

  /// Directory with `vmlinuz`, `initrd.img`, `modules.img` and `manifest.json`.
  public var payload: String
  /// nil: as installed, otherwise the best that the distribution's profile knows.
  public var initramfs: InitramfsMode?
  /// nil: the system's where Secure Boot is on, else the payload's.
  public var kernel: Kernel?
  /// Disks to share, in the order of their LUNs; empty: those that hold the system.
  public var disks: [String] = []

  /// How the ramdisk gets into the boot menu; nil: the best way there is.
  public var bootLoader: BootLoaderKind?

  /// Whether the shell version of the ramdisk, where it is found, is taken out.
  public var replacesPredecessor = false

  public init(payload: String) { self.payload = payload }
}

extension InstallOptions.InitramfsMode {
  /// Name of the note that says which one is installed.
  static let note = "initramfs"

  /// What an installation was made with; nil when nothing is installed.
  static func chosen(_ state: JournalState) -> InstallOptions.InitramfsMode? {
    state.changes.isEmpty ? nil : state.notes[note].flatMap { InstallOptions.InitramfsMode(rawValue: $0) }
  }

  /// What a system gets whose user did not choose: its own images stay where dracut's would not open its root.
  static func best(for profile: DistroProfile?, _ facts: HostFacts) -> InstallOptions.InitramfsMode {
    guard let initramfs = profile?.initramfs, initramfs.switch == nil || !facts.closedToDracut.isEmpty else {
      return .switch
    }
    return initramfs.sidecar == nil ? .keep : .sidecar
  }
}

extension HostFacts {
  /// What lies below the root and would stay closed in an image of dracut that has to boot without this system's own
  /// configuration: `LUKS`, `LVM`, `RAID`.
  var closedToDracut: [String] {
    let unnamed = rootStack.unnamed(on: commandLine)
    let isUnknown =
      rootFileSystem?.isLayered == true && rootStack.encrypted.isEmpty && !rootStack.hasVolumeGroups
      && !rootStack.hasRAID
    return isUnknown ? ["LVM, RAID or LUKS"] : unnamed
  }
}

extension InstallOptions.Kernel {
  /// Name of the note that says which one is installed.
  static let note = "kernel"

  /// The system's own where it is installed: firmware that starts only signed programs must find it again.
  static func chosen(_ state: JournalState) -> InstallOptions.Kernel? {
    state.changes.isEmpty || state.notes[note] != InstallOptions.Kernel.host.rawValue ? nil : .host
  }
}
