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

  /// Directory with `vmlinuz`, `initrd.img`, `modules.img` and `manifest.json`.
  public var payload: String
  /// nil: as installed, otherwise the best that the distribution's profile knows.
  public var initramfs: InitramfsMode?
  /// Disks to share, in the order of their LUNs; empty: those that hold the system.
  public var disks: [String] = []

  /// How the ramdisk gets into the boot menu; nil: the best way there is.
  public var bootLoader: BootLoaderKind?

  public init(payload: String) { self.payload = payload }
}

extension InstallOptions.InitramfsMode {
  /// Name of the note that says which one is installed.
  static let note = "initramfs"

  /// What an installation was made with; nil when nothing is installed.
  static func chosen(_ state: JournalState) -> InstallOptions.InitramfsMode? {
    state.changes.isEmpty ? nil : state.notes[note].flatMap { InstallOptions.InitramfsMode(rawValue: $0) }
  }

  /// What a system gets whose user did not choose.
  static func best(for profile: DistroProfile?) -> InstallOptions.InitramfsMode {
    guard let initramfs = profile?.initramfs, initramfs.switch == nil else { return .switch }
    return initramfs.sidecar == nil ? .keep : .sidecar
  }
}
