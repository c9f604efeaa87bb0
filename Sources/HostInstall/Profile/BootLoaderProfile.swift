/// What is particular to a distribution's boot loaders. Which of them a system has is found out on the system.
extension DistroProfile {
  /// GRUB's files and tools: `grub-*` with Debian and Arch, `grub2-*` with Fedora and openSUSE.
  public struct GRUB: Codable, Hashable, Sendable {
    /// Where the main configuration may be; the first that exists counts.
    public var configurations: [String]
    /// File with the kernel command line of new entries.
    public var defaults: String
    /// Directory of the scripts that the configuration is made from; nil: it is not made by scripts here.
    public var scripts: String?
    /// Makes a configuration and writes it to `{file}`, without touching anything else.
    public var make: [String]?
    /// Checks the syntax of `{file}`.
    public var check: [String]
    /// Makes `{entry}` the next boot's.
    public var once: [String]
    /// Prints, or with assignments changes, the environment block `{file}`.
    public var environment: [String]
  }

  /// Boot loader specification entries that GRUB's `blscfg` reads (Fedora, RHEL and what is derived from them).
  public struct BLS: Codable, Hashable, Sendable {
    /// Where the entries may be; the first directory that exists counts.
    public var entries: [String]
  }

  /// systemd-boot. Without this section `standard` holds.
  public struct SystemdBoot: Codable, Hashable, Sendable {
    /// Where its partitions may be mounted: an extended boot loader partition (XBOOTLDR) or the EFI system partition.
    public var mountPoints: [String]
    /// Programs that delete entries which they did not write: where one of them is installed, ours would not last.
    public var deletesEntries: [String]

    public static let standard = SystemdBoot(
      mountPoints: ["/boot", "/efi", "/boot/efi"],
      deletesEntries: ["/usr/bin/sdboot-manage"])
  }

  /// Boot variables of the firmware. Without this section `standard` holds.
  public struct EFI: Codable, Hashable, Sendable {
    /// Where the EFI system partition may be mounted.
    public var mountPoints: [String]

    public static let standard = EFI(mountPoints: ["/efi", "/boot/efi", "/boot"])
  }
}
