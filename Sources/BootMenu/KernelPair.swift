/// A kernel and the initial RAM disk that belongs to it by name.
struct KernelPair: Hashable {
  let kernel: String
  let initrd: String
  let version: String

  /// The kernel that Fedora keeps for when the others fail.
  var isRescue: Bool { version.contains("rescue") }

  /// The pairs among the names in a directory.
  static func find(in names: [String]) -> [KernelPair] {
    let present = Set(names)
    let versioned = names.compactMap { name -> KernelPair? in
      guard let prefix = ["vmlinuz-", "vmlinux-", "bzImage-", "kernel-"].first(where: name.hasPrefix),
        !name.hasSuffix(".old")
      else { return nil }
      let version = String(name.dropFirst(prefix.count))
      // Debian; Fedora, Arch, Void, Gentoo; openSUSE; Alpine.
      let images = [
        "initrd.img-\(version)", "initramfs-\(version).img", "initrd-\(version)", "initramfs-\(version)",
      ]
      guard !version.isEmpty, let initrd = images.first(where: present.contains) else { return nil }
      return KernelPair(kernel: name, initrd: initrd, version: version)
    }
    if !versioned.isEmpty { return versioned }
    guard present.contains("vmlinuz"),
      let initrd = ["initrd.img", "initramfs.img", "initrd"].first(where: present.contains)
    else { return [] }
    return [KernelPair(kernel: "vmlinuz", initrd: initrd, version: "")]
  }
}
