extension SampleDisk {
  /// Makes the disk start by GRUB, by BIOS and by UEFI.
  func installLoaders(_ mounted: MountedDisk, in workspace: Workspace) async throws {
    try await mounted.chroot(["grub-install", "--target=i386-pc", mounted.device])
    try await mounted.chroot(["grub-mkconfig", "--output=/boot/grub/grub.cfg"])

    try await mounted.chroot([
      "sh", "-c",
      "mkdir -p /boot/grub/x86_64-efi && cp /usr/lib/grub/x86_64-efi/*.mod /usr/lib/grub/x86_64-efi/*.lst /boot/grub/x86_64-efi/",
    ])
    let image = workspace.file("grubx64.efi")
    let configuration = workspace.file("grub.cfg")
    try HostFile.write(
      """
      search.fs_uuid \(bootUUID) root
      set prefix=($root)\(layout.hasSeparateBoot ? "" : "/boot")/grub
      configfile $prefix/grub.cfg

      """, to: configuration)
    try await mounted.chroot([
      "grub-mkimage", "--format=x86_64-efi", "--prefix=/EFI/debian", "--output=/tmp/grubx64.efi",
      "part_gpt", "fat", "ext2", "xfs", "search", "search_fs_uuid", "configfile", "normal",
    ])
    try await mounted.run(["mv", "\(mounted.root)/tmp/grubx64.efi", image])
    try await HostCommand(["mmd", "-i", systemImage, "::/EFI", "::/EFI/BOOT", "::/EFI/debian"]).run()
    for (file, place) in [
      (image, "::/EFI/BOOT/BOOTX64.EFI"), (image, "::/EFI/debian/grubx64.efi"),
      (configuration, "::/EFI/debian/grub.cfg"),
    ] {
      try await HostCommand(["mcopy", "-i", systemImage, file, place]).run()
    }
    try await HostCommand(["rm", image, configuration]).run()
  }
}
