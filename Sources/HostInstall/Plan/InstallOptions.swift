/// What the user chose.
public struct InstallOptions: Hashable, Sendable {
  /// What happens to the initramfs.
  public enum InitramfsMode: String, Hashable, Sendable, CaseIterable {
    /// dracut becomes the system's generator.
    case `switch`
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
  public var initramfs: InitramfsMode = .switch
  /// nil: the system's where Secure Boot is on, else the payload's.
  public var kernel: Kernel?
  /// Disks to share, in the order of their LUNs; empty: those that hold the system.
  public var disks: [String] = []

  /// How the ramdisk gets into the boot menu; nil: the best way there is.
  public var bootLoader: BootLoaderKind?

  public init(payload: String) { self.payload = payload }
}
