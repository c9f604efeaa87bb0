/// GRUB, by a block in `custom.cfg`: one file that no generator ever writes, read after all of the system's entries.
struct GRUBCustomLoader: BootLoader {
  let context: BootLoaderContext

  init(_ context: BootLoaderContext) { self.context = context }

  let kind = BootLoaderKind.grub
  let reason =
    "GRUB reads custom.cfg after the system's own entries, and nothing that regenerates its configuration touches it"
  let remarks: [Finding] = []
  let payloadDirectory = InstalledPaths.payloadDirectory
  let entry = InstalledPaths.entry

  var obstacle: Obstacle? {
    guard let grub = context.facts.grub, context.profile.grub != nil else { return .noGRUB }
    guard grub.sourcesCustom else {
      let make = context.profile.grub?.command(making: grub.configuration)
      return Obstacle(
        "\(grub.configuration) does not read custom.cfg, where the entry would go",
        remedy: "make /etc/grub.d/41_custom executable and run \(make ?? "grub-mkconfig")")
    }
    return context.missingUUID
  }

  var step: any InstallStep { GRUBStep(context: context) }

  var hasEntry: Bool {
    guard let grub = context.facts.grub, grub.sourcesCustom else { return false }
    return MarkedBlock.content(of: Files.text(context.root.resolve(grub.customConfiguration)) ?? "") != nil
  }

  var nextEntry: String? { context.facts.grub?.nextEntry }
  var onceObstacle: Obstacle? { GRUBOnce(context).obstacle }

  func choose(_ transaction: Transaction, _ runner: any CommandRunner) async throws {
    try await GRUBOnce(context).choose(entry, transaction, runner)
  }
}

extension Obstacle {
  static let noGRUB = Obstacle(
    "there is no GRUB configuration",
    remedy: "grub-mkconfig -o /boot/grub/grub.cfg, if this system boots by GRUB")
}

extension DistroProfile.GRUB {
  /// The command that makes a configuration, as one types it; nil where the profile has none.
  func command(making file: String) -> String? {
    make.map { Command.filled($0, ["file": [file]]).description }
  }
}

extension BootLoaderContext {
  /// GRUB finds the boot file system by its UUID.
  var missingUUID: Obstacle? {
    guard facts.bootFileSystem?.uuid == nil else { return nil }
    return Obstacle(
      "the file system of /boot has no UUID that is known: GRUB could not find it",
      remedy: "name /boot's file system in /etc/fstab by its UUID")
  }

  /// The entries as GRUB reads them.
  func grubEntry(hasPrevious: Bool) -> GRUBEntry {
    GRUBEntry(
      uuid: facts.bootFileSystem?.uuid ?? "", fileSystemType: facts.bootFileSystem?.type ?? "",
      directory: bootDirectory, parameters: parameters, hasPrevious: hasPrevious)
  }

  /// The payload's directory as seen from the top of the boot file system.
  var bootDirectory: String {
    (facts.bootPath == "/" ? "" : facts.bootPath) + "/" + Files.name(InstalledPaths.payloadDirectory)
  }

  /// Whether there is an earlier payload to fall back to.
  func hasPrevious(_ directory: String) -> Bool {
    Files.exists(root.resolve(InstalledPaths.previous(directory) + "/" + InstalledPaths.kernel))
  }
}
