import BootMenu

/// systemd-boot, by an entry of the Boot Loader Specification. It reads FAT only, so kernel and segments go to the
/// partition of the entry.
struct SystemdBootLoader: BootLoader {
  let context: BootLoaderContext

  init(_ context: BootLoaderContext) { self.context = context }

  let kind = BootLoaderKind.systemdBoot

  var reason: String {
    facts?.isActive == true
      ? "this machine starts by systemd-boot, which reads entries beside its own"
      : "systemd-boot is installed on the EFI system partition and reads entries beside its own"
  }

  var payloadDirectory: String { (facts?.entryPartition.mountPoint ?? "/boot") + "/" + name }
  var entry: String { LoaderEntryFile.name + ".conf" }

  var obstacle: Obstacle? {
    guard let facts else {
      return Obstacle(
        "systemd-boot is on no EFI system partition that is mounted",
        remedy: "mount the EFI system partition (at /efi or /boot), if this system boots by systemd-boot")
    }
    if facts.isActive == false {
      return Obstacle(
        "systemd-boot is installed, but this machine was started by another boot loader",
        remedy: "--bootloader with the loader that starts this machine, or restart by systemd-boot")
    }
    if let program = names.deletesEntries.first(where: { Files.exists(context.root.resolve($0)) }) {
      return Obstacle(
        "\(program) deletes entries that it did not write whenever a kernel is installed",
        remedy: "--bootloader efi")
    }
    if others.isEmpty {
      return Obstacle(
        "\(facts.entries) holds no entry of the system: the ramdisk would be the first and so the default",
        remedy: "--bootloader efi")
    }
    return context.spaceObstacle(facts.entryPartition, payloadDirectory)
  }

  var remarks: [Finding] {
    guard let facts else { return [] }
    var findings = context.privacyRemarks(facts.entryPartition)
    if let ours = SystemdBootOrder.last(among: others).ours,
      let first = others.first(where: { ours.precedes($0) })
    {
      findings.append(
        Finding(.warning, "the ramdisk's entry comes before '\(first.name)' in systemd-boot's menu"))
    }
    if (loaderConfiguration["default"] ?? "") == "@saved" {
      findings.append(
        Finding(
          .warning,
          "systemd-boot is told to remember the entry chosen in its menu: so it would the ramdisk's",
          remedy: "use 'ramdisk-install boot-once', or remove 'default @saved' from loader.conf"))
    }
    return findings
  }

  var step: any InstallStep {
    LoaderEntryStep(
      context: context, entries: facts?.entries ?? "", payloadDirectory: payloadDirectory,
      loaderDirectory: "/" + name, sortKey: SystemdBootOrder.last(among: others).sortKey, hidesOptions: false,
      loaderName: "systemd-boot")
  }

  var hasEntry: Bool { facts.map { Files.exists(context.root.resolve("\($0.entries)/\(entry)")) } ?? false }
  var nextEntry: String? { facts?.nextEntry }

  var onceObstacle: Obstacle? {
    let firmware = context.firmware
    guard firmware.isPresent, firmware.isWritable else {
      return Obstacle(
        "the firmware's variables cannot be written",
        remedy:
          "run this on the machine itself with efivarfs mounted read-write, or choose the entry in the menu")
    }
    // Bit 3 of the loader's features: it takes an entry for one boot.
    let features = (try? firmware.read(.loader("LoaderFeatures")))?.bytes.first ?? 0
    guard features & 0x08 != 0 else {
      return Obstacle(
        "the boot loader that started this machine takes no entry for one boot only",
        remedy: "choose the entry in the boot menu, or renew the loader with 'bootctl update' and restart")
    }
    return nil
  }

  /// As `bootctl set-oneshot` does; the loader deletes the variable before it starts the entry.
  func choose(_ transaction: Transaction, _ runner: any CommandRunner) async throws {
    try transaction.set(
      .loader("LoaderEntryOneShot"), FirmwareValue(UTF16Text.encoded(entry)), role: .choice)
  }

  private var facts: SystemdBootFacts? { context.facts.systemdBoot }
  private var names: DistroProfile.SystemdBoot { context.profile.systemdBoot ?? .standard }
  private var name: String { Files.name(InstalledPaths.payloadDirectory) }
  private var others: [LoaderEntry] {
    let all = facts.map { SystemdBootOrder.entries($0, context.root) } ?? []
    return all.filter { context.facts.predecessor?.isEntry($0.name + ".conf") != true }
  }

  private var loaderConfiguration: [String: String] {
    let path = (facts?.systemPartition.mountPoint ?? "") + "/loader/loader.conf"
    let lines = (Files.text(context.root.resolve(path)) ?? "").split(separator: "\n")
    return Dictionary(
      lines.compactMap { line in
        let words = line.split(maxSplits: 1) { $0 == " " || $0 == "\t" }
        return words.count == 2 ? (String(words[0]), words[1].filter { !$0.isWhitespace }) : nil
      }, uniquingKeysWith: { $1 })
  }
}
