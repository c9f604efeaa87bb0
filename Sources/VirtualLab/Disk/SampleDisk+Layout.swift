extension SampleDisk {
  /// What a sample disk holds, and how it is divided.
  public struct Layout: Sendable {
    public var release = DebianRelease.bookworm
    /// /boot is a file system of its own, XFS, which boot loaders read without replaying its journal.
    public var hasSeparateBoot = false

    /// The root is in a LUKS container, and so /boot is a file system of its own.
    public var isEncrypted = false

    /// UEFI starts it by the distribution's signed loaders, with Secure Boot on.
    public var isSigned = false

    /// systemd-boot instead of GRUB: kernels are on the EFI system partition; starts by UEFI only.
    public var usesSystemdBoot = false

    /// The EFI system partition is mounted at /boot/efi.
    public var mountsSystemPartition = false

    public init(
      release: DebianRelease = .bookworm, hasSeparateBoot: Bool = false, isEncrypted: Bool = false,
      isSigned: Bool = false, usesSystemdBoot: Bool = false, mountsSystemPartition: Bool = false
    ) {
      self.release = release
      self.isSigned = isSigned
      self.usesSystemdBoot = usesSystemdBoot
      self.mountsSystemPartition = mountsSystemPartition || usesSystemdBoot
      self.hasSeparateBoot = hasSeparateBoot || isEncrypted
      self.isEncrypted = isEncrypted
    }

    /// Whether only the running system shows what the installer has to know: this host need not have a kernel that can
    /// open or mount all of it.
    public var isInstalledRunning: Bool { isEncrypted || mountsSystemPartition }

    /// A consecutive part of the disk, in sectors.
    struct Extent {
      var start: Int
      var count: Int
      /// In bytes.
      var offset: Int { start * Layout.sector }
    }

    static let sector = 512
    /// The EFI system partition, the second one.
    var system: Extent { Extent(start: 4096, count: usesSystemdBoot ? 1 << 20 : 131_072) }
    /// The root file system, the third one.
    var root: Extent { Extent(start: system.start + system.count, count: 5_187_584) }
    /// What is mounted at /boot, the fourth one.
    private static let bootCount = 1 << 20
    /// Room for the second partition table.
    private static let tail = 2048

    var boot: Extent? {
      hasSeparateBoot ? Extent(start: root.start + root.count, count: Layout.bootCount) : nil
    }

    /// Of the whole image, in bytes.
    var size: Int {
      let last = boot ?? root
      return (last.start + last.count + Layout.tail) * Layout.sector
    }

    /// For sfdisk.
    var partitionTable: String {
      let linux = "0FC63DAF-8483-4772-8E79-3D69D8477DE4"
      let parts = [
        (Extent(start: 2048, count: 2048), "21686148-6449-6E6F-744E-656564454649"),
        (system, "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"), (root, linux),
      ]
      return
        (["label: gpt"]
        + (parts + (boot.map { [($0, linux)] } ?? [])).map { extent, type in
          "start=\(extent.start), size=\(extent.count), type=\(type)"
        }).joined(separator: "\n") + "\n"
    }

    /// What a plain installation has that matters to the laboratory. Left out on purpose: everything that
    /// ramdisk-install has to bring in itself (dracut, open-iscsi, procps).
    ///
    /// What our package depends on comes with GRUB's, else by itself.
    ///
    /// The cloud kernel is the ordinary one with fewer drivers: half the size, so half the time under emulation.
    var packages: [String] {
      [
        "linux-image-cloud-amd64", "initramfs-tools", "zstd", "systemd-sysv", "udev", "kmod", "dbus",
        "iproute2", "e2fsprogs", "fdisk",
      ]
        + (usesSystemdBoot
          ? ["systemd-boot", "libefiboot1"] : ["grub2-common", "grub-pc-bin", "grub-efi-amd64-bin"])
        + (isEncrypted ? ["cryptsetup-initramfs"] : [])
        + (isSigned ? ["shim-signed", "grub-efi-amd64-signed"] : [])
    }
  }
}
