extension SampleDisk {
  /// Makes the disk start.
  func installLoaders(_ mounted: MountedDisk, in workspace: Workspace) async throws {
    if layout.usesSystemdBoot {
      try await installSystemdBoot(mounted)
    } else {
      try await installGRUB(mounted, in: workspace)
    }
  }

  /// What Debian's tools put onto the system partition, they put into memory here; it is then copied.
  private func installSystemdBoot(_ mounted: MountedDisk) async throws {
    let script = """
      set -e
      export SYSTEMD_RELAX_ESP_CHECKS=1
      mount -t tmpfs esp /boot/efi
      bootctl install --esp-path=/boot/efi --no-variables --make-entry-directory=yes
      echo 'timeout 1' > /boot/efi/loader/loader.conf
      for image in /boot/vmlinuz-*; do
        version=${image#/boot/vmlinuz-}
        kernel-install --esp-path=/boot/efi add "$version" "$image" "/boot/initrd.img-$version"
      done
      """
    try await mounted.chroot(["sh", "-c", script])
    let copy = """
      mcopy -s -i "$1" "$2"/boot/efi/* :: && umount "$2/boot/efi"
      """
    try await mounted.run(["sh", "-c", copy, "sh", systemImage, mounted.root])
  }

  private func installGRUB(_ mounted: MountedDisk, in workspace: Workspace) async throws {
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
    var files = [(configuration, "::/EFI/debian/grub.cfg")]
    if layout.isSigned {
      let shim = mounted.hostPath("/usr/lib/shim/shimx64.efi.signed")
      let grub = mounted.hostPath("/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed")
      for directory in ["BOOT", "debian"] {
        files += [
          (shim, "::/EFI/\(directory)/\(directory == "BOOT" ? "BOOTX64" : "shimx64").EFI"),
          (grub, "::/EFI/\(directory)/grubx64.efi"),
        ]
      }
    } else {
      try await mounted.chroot([
        "grub-mkimage", "--format=x86_64-efi", "--prefix=/EFI/debian", "--output=/tmp/grubx64.efi",
        "part_gpt", "fat", "ext2", "xfs", "search", "search_fs_uuid", "configfile", "normal",
      ])
      try await mounted.run(["mv", "\(mounted.root)/tmp/grubx64.efi", image])
      files += [(image, "::/EFI/BOOT/BOOTX64.EFI"), (image, "::/EFI/debian/grubx64.efi")]
    }
    try await HostCommand(["mmd", "-i", systemImage, "::/EFI", "::/EFI/BOOT", "::/EFI/debian"]).run()
    for (file, place) in files {
      try await HostCommand(["mcopy", "-i", systemImage, file, place]).run()
    }
    try await HostCommand(["rm", "-f", image, configuration]).run()
  }
}
