import Linux

/// Installs, updates, uninstalls: the operations of `ramdisk-install` on one system.
public struct Installer: Sendable {
  public let root: HostRoot
  let profiles: ProfileDirectory
  let detector: @Sendable () throws -> Detector
  let runner: any CommandRunner
  let faults: FaultPoints
  let firmware: any FirmwareVariables
  let report: @Sendable (InstallEvent) -> Void
  /// Checked between steps; true takes back what was done.
  let isCancelled: @Sendable () -> Bool

  /// Written into the journal.
  public static let version = "0.1.0"

  public init(
    root: HostRoot, profiles: ProfileDirectory, detector: @escaping @Sendable () throws -> Detector,
    runner: any CommandRunner, firmware: any FirmwareVariables = AbsentFirmware(),
    faults: FaultPoints = .none,
    isCancelled: @escaping @Sendable () -> Bool = { false },
    report: @escaping @Sendable (InstallEvent) -> Void
  ) {
    self.root = root
    self.profiles = profiles
    self.detector = detector
    self.runner = runner
    self.faults = faults
    self.firmware = firmware
    self.isCancelled = isCancelled
    self.report = report
  }

  /// What would be done. Changes nothing.
  public func plan(_ options: InstallOptions) async throws -> Plan {
    let (facts, profile) = try detector().detect(chosenDisks: options.disks)
    return try await Planner(
      root: root, facts: facts, profile: profile, packages: profile?.packages?.manager(runner),
      options: options,
      state: Journal.read(in: root), firmware: firmware, hookTexts: profiles.hooks
    ).plan()
  }

  /// Carries a plan out. Whatever fails, everything done so far is taken back.
  ///
  /// - Parameter operation: `install` or `update`.
  /// - Throws: `InstallFailure` with what failed and how the way back went.
  public func apply(_ plan: Plan, operation: String) async throws(InstallFailure) {
    do throws(InstallFailure) { try await applyLocked(plan, operation) } catch {
      if error.rollback != .notTried { await followKernelsAfterwards() }
      throw error
    }
    await followKernelsAfterwards()
  }

  /// Holds the journal's lock, and has let go of it when this returns.
  private func applyLocked(_ plan: Plan, _ operation: String) async throws(InstallFailure) {
    let journal: Journal
    do { journal = try Journal(root: root) } catch {
      throw InstallFailure(cause: "\(error)", rollback: .nothingDone)
    }
    try await carryOut(plan, operation: operation, journal)
  }

  func carryOut(_ plan: Plan, operation: String, _ journal: Journal) async throws(InstallFailure) {
    guard let profile = plan.profile, plan.isPossible else {
      throw InstallFailure(cause: "the plan was refused", rollback: .nothingDone)
    }
    let packages = profile.packages?.manager(runner)
    do { try await recover(journal, packages) } catch is SimulatedKill {
      throw InstallFailure(cause: "killed", rollback: .notTried)
    } catch {
      throw InstallFailure(cause: "\(error)", rollback: .nothingDone)
    }
    do {
      try journal.append(.began(operation: operation, version: Installer.version))
      try noteSelection(plan, journal)
      let transaction = Transaction(root: root, journal: journal, faults: faults, firmware: firmware)
      let context = StepContext(
        transaction: transaction, facts: plan.facts, profile: profile, runner: runner, packages: packages,
        report: report)
      let clock = ContinuousClock()
      for (index, step) in plan.steps.enumerated() {
        if isCancelled() { throw Interrupted() }
        report(.stepStarted(number: index + 1, of: plan.steps.count, title: step.title))
        transaction.step = step.id
        let start = clock.now
        try await step.apply(context)
        report(.stepEnded(seconds: (clock.now - start) / .seconds(1)))
      }
      if isCancelled() { throw Interrupted() }
      try BootFiles.settle(in: root)
      try faults.reach("ending")
      try journal.end()
      try faults.reach("ended")
    } catch is SimulatedKill {
      throw InstallFailure(cause: "killed", rollback: .notTried)
    } catch {
      throw InstallFailure(cause: "\(error)", rollback: await rollBack(journal, packages))
    }
  }

  /// A first installation says which boot loader it takes; it is forgotten with everything else when taken back.
  private func noteSelection(_ plan: Plan, _ journal: Journal) throws {
    try journal.append(.noted(name: InstallOptions.InitramfsMode.note, value: plan.initramfs.rawValue))
    try journal.append(.noted(name: InstallOptions.Kernel.note, value: plan.kernel.rawValue))
    guard let loader = plan.bootLoaders?.chosen, journal.state.changes.isEmpty else { return }
    try journal.append(.noted(name: BootLoaderSelection.note, value: loader.kind.rawValue))
    let paths = [loader.payloadDirectory] + plan.facts.kernels.flatMap(\.images)
    let partitions = plan.facts.bootPartitions.filter { point in paths.contains { $0.hasPrefix(point + "/") }
    }
    for point in Set(partitions + [plan.facts.bootFileSystem?.mountPoint ?? "/"]) where point != "/" {
      try journal.append(.noted(name: Installer.mountNote + point, value: ""))
    }
  }

  /// Begins the name of a note of a mount point that holds something of ours.
  private static let mountNote = "mounted "

  /// What is on a file system that is not mounted cannot be taken back, though it looks as if it were gone.
  ///
  /// - Throws: `NotMounted`.
  func requireMounts(_ journal: Journal) throws {
    let points = journal.state.notes.keys.filter { $0.hasPrefix(Installer.mountNote) }
      .map { String($0.dropFirst(Installer.mountNote.count)) }
    guard !points.isEmpty else { return }
    let detector = try detector()
    for point in points.sorted() {
      guard let location = detector.fileSystem(of: point), location.facts.mountPoint == point,
        !location.isAutomount
      else { throw NotMounted(mountPoint: point) }
    }
  }

  /// Finishes, or takes back, what an interrupted run left.
  ///
  /// - Returns: the interrupted operation; nil when there was none.
  @discardableResult
  public func recover() async throws -> String? {
    guard let interrupted = try Journal.read(in: root).interrupted else { return nil }
    let journal = try Journal(root: root)
    try await recover(
      journal, profiles.profile(for: OSRelease(of: root), root: root)?.packages?.manager(runner))
    return interrupted
  }

  private func recover(_ journal: Journal, _ packages: (any PackageManager)?) async throws {
    guard let interrupted = journal.state.interrupted else { return }
    try requireMounts(journal)
    if interrupted == "uninstall" {
      throw UnfinishedUninstall()
    }
    report(.warning("a run of '\(interrupted)' was interrupted: what it did is taken back first"))
    let undo = Undo(
      root: root, journal: journal, reason: .rollback, packages: packages, faults: faults,
      firmware: firmware)
    for change in journal.state.changes.reversed() where journal.state.pending.contains(change.id) {
      try await undo.undo(change)
    }
    try finish(journal)
  }

  func rollBack(_ journal: Journal, _ packages: (any PackageManager)?) async
    -> InstallFailure.Rollback
  {
    report(.warning("taking back what was done"))
    let undo = Undo(
      root: root, journal: journal, reason: .rollback, packages: packages, faults: .none,
      firmware: firmware)
    var left: [String] = []
    observe(journal)
    for change in journal.state.changes.reversed() where journal.state.pending.contains(change.id) {
      do { try await undo.undo(change, forgets: left.isEmpty) } catch {
        left.append("\(change.action.summary): \(error)")
      }
    }
    left += undo.kept
    guard left.isEmpty else { return .incomplete(left) }
    do { try finish(journal) } catch { return .incomplete(["\(error)"]) }
    return .complete
  }

  /// Notes what packages changed before they are taken back: as long as this run lasts it was nobody else.
  private func observe(_ journal: Journal) {
    let transaction = Transaction(root: root, journal: journal, faults: .none)
    for change in journal.state.changes where journal.state.pending.contains(change.id) {
      guard case .packages(let packages) = change.action, packages.tree.after == nil else { continue }
      do { try transaction.observe(change.id, watching: PackagesStep.watched) } catch {
        report(.warning("it cannot be seen what the packages changed, ignoring: \(error)"))
      }
    }
  }

  /// After a rollback: the journal goes if nothing stands.
  private func finish(_ journal: Journal) throws {
    try BootFiles.settle(in: root)
    if journal.state.changes.isEmpty { try journal.erase() } else { try journal.end() }
  }
}

/// The user pressed Ctrl-C.
struct Interrupted: Error, CustomStringConvertible {
  var description: String { "interrupted" }
}

/// A file system that holds something of ours is not mounted.
public struct NotMounted: Error, Hashable, Sendable, CustomStringConvertible {
  public let mountPoint: String
  public var description: String {
    "the file system of \(mountPoint) is not mounted, and part of the ramdisk is on it: run 'mount \(mountPoint)' first"
  }
}

/// An operation was asked for while an uninstallation waits to be finished.
public struct UnfinishedUninstall: Error, CustomStringConvertible {
  public var description: String {
    "an uninstallation was interrupted: finish it first with 'ramdisk-install --uninstall'"
  }
}

/// An operation failed.
public struct InstallFailure: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Rollback: Hashable, Sendable {
    case nothingDone
    case complete
    /// What could not be taken back.
    case incomplete([String])
    case notTried
  }

  public let cause: String
  public let rollback: Rollback

  public var description: String {
    switch rollback {
    case .nothingDone: "\(cause)\nNothing was changed."
    case .complete: "\(cause)\nEverything that was done has been taken back: the system is as it was."
    case .notTried: cause
    case .incomplete(let left):
      "\(cause)\nNot everything could be taken back. What is left:\n"
        + left.map { "  - \($0)" }.joined(separator: "\n")
        + "\nRun 'ramdisk-install --uninstall' once the cause is mended: it goes on from here."
    }
  }
}

extension Change.Action {
  /// In a few words.
  var summary: String {
    switch self {
    case .file(let file): file.path
    case .directory(let path): path
    case .variable(let variable): "the firmware's variable \(variable.variable)"
    case .packages(let packages):
      "packages \((packages.added.map { "+" + $0 } + packages.removed.map { "-" + $0 }).joined(separator: " "))"
    }
  }
}
