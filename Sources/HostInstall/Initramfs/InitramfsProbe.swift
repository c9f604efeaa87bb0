/// Finds the initramfs generator by what is installed.
struct InitramfsProbe {
  let root: HostRoot

  func facts() -> InitramfsFacts {
    InitramfsFacts(generator: generator, dracutVersion: dracutVersion)
  }

  private var generator: InitramfsFacts.Generator {
    // Debian's dracut brings an update-initramfs of its own since 107.
    if let script = Files.text(root.resolve("/usr/sbin/update-initramfs")), !script.contains("dracut") {
      return .initramfsTools
    }
    let programs: [(String, InitramfsFacts.Generator)] = [
      ("/usr/bin/mkinitcpio", .mkinitcpio), ("/usr/bin/booster", .booster), ("/sbin/mkinitfs", .mkinitfs),
      ("/usr/bin/dracut", .dracut),
    ]
    return programs.first { Files.exists(root.resolve($0.0)) }?.1 ?? .none
  }

  private var dracutVersion: String? {
    let text = Files.text(root.resolve("/usr/lib/dracut/dracut-version.sh"))
    return text?.split(separator: "\n").first { $0.hasPrefix("DRACUT_VERSION=") }
      .map { $0.dropFirst("DRACUT_VERSION=".count).filter { $0 != "'" && $0 != "\"" } }
  }
}
