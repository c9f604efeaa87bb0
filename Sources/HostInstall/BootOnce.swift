extension Installer {
  /// Makes the ramdisk the next boot's entry, and only that one's.
  ///
  /// - Throws: `BootOnceRefused` where the boot loader could not forget it again and would boot the ramdisk for ever.
  public func bootOnce() async throws {
    let loader = try installedLoader()
    guard let loader, loader.hasEntry else {
      throw BootOnceRefused(reason: "the ramdisk is not installed", remedy: "run 'ramdisk-install'")
    }
    if let obstacle = loader.onceObstacle {
      throw BootOnceRefused(reason: obstacle.reason, remedy: obstacle.remedy)
    }
    try await choose(loader)
    await followKernelsAfterwards()
    guard try installedLoader()?.nextEntry == loader.entry else {
      throw BootOnceRefused(
        reason: "\(loader.kind.rawValue) does not name the entry after it was set",
        remedy: "choose the entry in the boot menu")
    }
  }

  /// The boot loader that the ramdisk was installed with, as it is now; nil when nothing is installed.
  private func installedLoader() throws -> (any BootLoader)? {
    let state = try Journal.read(in: root)
    guard state.changes.contains(where: { !state.pending.contains($0.id) }) else { return nil }
    let (facts, profile) = try detector().detect()
    return profile.flatMap {
      BootLoaderContext(root: root, facts: facts, profile: $0, firmware: firmware).installed(state)
    }
  }

  /// Chooses the entry, with what held the choice before in the journal; a failure is taken back.
  private func choose(_ loader: any BootLoader) async throws {
    let journal = try Journal(root: root)
    if let interrupted = journal.state.interrupted {
      throw BootOnceRefused(
        reason: "a run of '\(interrupted)' was interrupted",
        remedy: "run '\(StatusReport.command(mending: interrupted))' first")
    }
    try journal.append(.began(operation: "boot-once", version: Installer.version))
    let transaction = Transaction(root: root, journal: journal, faults: faults, firmware: firmware)
    transaction.step = "boot-once"
    do {
      try await loader.choose(transaction, runner)
      try BootFiles.settle(in: root)
      try journal.end()
    } catch let kill as SimulatedKill {
      throw kill
    } catch {
      throw InstallFailure(cause: "\(error)", rollback: await rollBack(journal, nil))
    }
  }
}

/// The next boot cannot be chosen.
public struct BootOnceRefused: Error, Hashable, Sendable, CustomStringConvertible {
  public let reason: String
  public let remedy: String
  public var description: String { "the next boot cannot be chosen: \(reason). Instead: \(remedy)" }
}
