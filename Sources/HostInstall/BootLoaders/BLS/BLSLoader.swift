/// GRUB, by an entry of the Boot Loader Specification: for Fedora and RHEL where `custom.cfg` is not read.
struct BLSLoader: BootLoader {
  let context: BootLoaderContext

  init(_ context: BootLoaderContext) { self.context = context }

  let kind = BootLoaderKind.bls
  let reason = "GRUB reads loader entries here, and no generator has to be run"
  let payloadDirectory = InstalledPaths.payloadDirectory
  let entry = LoaderEntryFile.name

  var obstacle: Obstacle? {
    guard context.facts.grub != nil else { return .noGRUB }
    guard context.facts.grub?.entriesDirectory != nil else {
      return Obstacle(
        "GRUB reads no loader entries on this system (its configuration has no blscfg)",
        remedy: "leave out --bootloader bls")
    }
    let isImageBased = ["/run/ostree-booted", "/ostree/repo"].contains {
      Files.exists(context.root.resolve($0))
    }
    guard !isImageBased else {
      return Obstacle(
        "each deployment of ostree deletes entries that are not its own", remedy: "--bootloader grub")
    }
    return nil
  }

  var remarks: [Finding] {
    guard context.facts.otherEntries(in: entries, context.root).isEmpty else { return [] }
    return [
      Finding(
        .warning, "\(entries) holds no entry of the system: the ramdisk would be the first of GRUB's menu",
        remedy: "choose the default entry with grub2-set-default")
    ]
  }

  var step: any InstallStep {
    LoaderEntryStep(
      context: context, entries: entries, payloadDirectory: payloadDirectory,
      loaderDirectory: context.bootDirectory, sortKey: nil, hidesOptions: true, loaderName: "GRUB")
  }

  var hasEntry: Bool { Files.exists(context.root.resolve("\(entries)/\(entry).conf")) }
  var nextEntry: String? { context.facts.grub?.nextEntry }
  var onceObstacle: Obstacle? { GRUBOnce(context).obstacle }

  func choose(_ transaction: Transaction, _ runner: any CommandRunner) async throws {
    try await GRUBOnce(context).choose(entry, transaction, runner)
  }

  private var entries: String { context.facts.grub?.entriesDirectory ?? "/boot/loader/entries" }
}

extension HostFacts {
  /// The names of the entries in a directory that are the system's: not ours, nor a predecessor's.
  func otherEntries(in directory: String, _ root: HostRoot) -> [String] {
    ((try? Files.list(root.resolve(directory))) ?? []).filter {
      $0.hasSuffix(".conf") && !$0.hasPrefix("AA_iscsi_target_ramdisk-") && predecessor?.isEntry($0) != true
    }
  }
}
