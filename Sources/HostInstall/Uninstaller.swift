extension Installer {
  /// Takes back exactly what was installed, the last change first; one that was interrupted goes on where it stopped.
  ///
  /// - Returns: what was left alone because the user, or the system, changed it since.
  /// - Throws: `InstallFailure`; another run goes on from there.
  public func uninstall() async throws(InstallFailure) -> [String] {
    let journal: Journal
    do {
      journal = try Journal(root: root)
      try requireMounts(journal)
    } catch {
      throw InstallFailure(cause: "\(error)", rollback: .nothingDone)
    }
    do {
      let profile = profiles.profile(for: OSRelease(of: root), root: root)
      let packages = profile?.packages?.manager(runner)
      if let interrupted = journal.state.interrupted, interrupted != "uninstall" {
        report(.warning("a run of '\(interrupted)' was interrupted: it is taken back, too"))
      }
      let undo = Undo(
        root: root, journal: journal, reason: .uninstall, packages: packages, faults: faults,
        firmware: firmware)
      // In an interrupted run an exchanged file may be in any state, but none that is not ours.
      try undo.survey(journal.state.changes, pending: journal.state.pending)
      if journal.state.interrupted != "uninstall" {
        try journal.append(.began(operation: "uninstall", version: Installer.version))
      }
      try await undoAll(undo, journal)
      try await rebuildImages(journal, profile)
      try await regenerateMenu(journal, profile)
      try BootFiles.settle(in: root)
      var kept = undo.kept
      kept += ReplaceStep.scriptsWithoutEntry(journal.state, profile?.grub, root)
      kept += try keptFromEarlierRuns(journal, kept)
      try journal.erase()
      return kept
    } catch {
      throw InstallFailure(cause: "\(error)", rollback: .incomplete(["the rest of the uninstallation"]))
    }
  }

  private func undoAll(_ undo: Undo, _ journal: Journal) async throws {
    let steps =
      zip(journal.state.changes, journal.state.changes.dropFirst()).filter { $0.step != $1.step }.count + 1
    var number = 0
    var current: String?
    let clock = ContinuousClock()
    var start = clock.now
    for change in journal.state.changes.reversed() {
      if change.step != current {
        if current != nil { report(.stepEnded(seconds: (clock.now - start) / .seconds(1))) }
        number += 1
        start = clock.now
        current = change.step
        report(.stepStarted(number: number, of: steps, title: "Take back: \(change.step)"))
      }
      try await undo.undo(change)
    }
    if current != nil { report(.stepEnded(seconds: (clock.now - start) / .seconds(1))) }
    for message in undo.kept { try journal.append(.noted(name: "kept \(message)", value: "")) }
  }

  /// Kernels whose image was not kept by us, or was made anew since, get one from the generator that is back.
  private func rebuildImages(_ journal: Journal, _ profile: DistroProfile?) async throws {
    guard journal.state.notes[PackagesStep.switched] != nil, let profile else { return }
    let facts = try detector().detect().facts
    guard let command = profile.initramfs?.rebuild[facts.initramfs.generator.rawValue] else { return }
    let notes = journal.state.notes
    for kernel in facts.kernels {
      let isIntact = kernel.images.allSatisfy { path in
        let kept = notes[KeepImagesStep.original(path)].flatMap { Int($0) }
        return kept.map { Undo.isIntact($0, journal.state) } ?? false
      }
      if isIntact { continue }
      report(.progress("building \(kernel.initramfs) anew"))
      try await runner.succeed(
        Command.filled(
          command, ["kernel": [kernel.version]], environment: profile.packages?.environment ?? [:]))
    }
  }

  /// A menu that the system generated anew since has our entry in it still, though the script is gone.
  private func regenerateMenu(_ journal: Journal, _ profile: DistroProfile?) async throws {
    guard BootLoaderSelection.installed(journal.state) == .grubScript, let names = profile?.grub,
      let grub = try detector().detect().facts.grub
    else { return }
    // What a run that was killed left beside it.
    try AtomicFile.removeTemporary(for: root.resolve(grub.configuration))
    guard
      GRUBMenu(Files.text(root.resolve(grub.configuration)) ?? "").hasOurs
    else { return }
    report(.progress("generating \(grub.configuration) anew"))
    let generator = GRUBGenerator(root: root, runner: runner, names: names)
    let temporary = try await generator.generate(grub.configuration, wantsOurs: false)
    let real = root.resolve(grub.configuration)
    try AtomicFile.move(temporary, to: real, AtomicFile.Placement(of: real, in: root, faults))
  }

  private func keptFromEarlierRuns(_ journal: Journal, _ now: [String]) throws -> [String] {
    journal.state.notes.keys.filter { $0.hasPrefix("kept ") }.map { String($0.dropFirst(5)) }
      .filter { !now.contains($0) }.sorted()
  }
}
