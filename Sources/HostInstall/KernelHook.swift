/// What happened to the system's kernels.
public enum KernelEvent: Codable, Hashable, Sendable {
  case added(version: String)
  case removed(version: String)
  /// Something; the kernels that are there are looked at.
  case changed
}

extension Installer {
  /// Makes the second initramfs images fit the kernels; called by the distribution's hooks.
  ///
  /// Where another run is at work, or was interrupted, that is noted: the run does it at its end, or the next one.
  ///
  /// - Returns: whether the images were looked at: not where nothing is installed, another initramfs mode was chosen, or
  ///   another run has to do it.
  /// - Throws: `InstallFailure`; then the images are as they were, and the menu takes the kernel's own.
  public func kernelsChanged(_ event: KernelEvent) async throws(InstallFailure) -> Bool {
    do {
      let state = try Journal.read(in: root)
      guard hasSidecars(state), state.interrupted != "uninstall" else { return false }
      try KernelEvents(root: root).add(event)
    } catch {
      throw InstallFailure(cause: "\(error)", rollback: .nothingDone)
    }
    return try await followKernels()
  }

  /// Name of the operation.
  private static let kernelHook = "kernel-hook"

  /// Acts upon what hooks noted while this run was at work.
  func followKernelsAfterwards() async {
    do { _ = try await followKernels() } catch {
      report(.warning("the second images do not fit the kernels that came or went meanwhile: \(error)"))
    }
  }

  /// Acts upon all notes, those included that come meanwhile.
  private func followKernels() async throws(InstallFailure) -> Bool {
    var hasWorked = false
    while true {
      let noted: [KernelEvents.Noted]
      do { noted = try KernelEvents(root: root).all() } catch {
        throw InstallFailure(cause: "\(error)", rollback: .nothingDone)
      }
      guard !noted.isEmpty, try await follow(noted) else { return hasWorked }
      hasWorked = true
    }
  }

  private func follow(_ noted: [KernelEvents.Noted]) async throws(InstallFailure) -> Bool {
    let journal: Journal
    let plan: Plan
    do {
      // Whoever is at work said so in the journal: its lock need not be waited for.
      if let other = other(try Journal.read(in: root)) { return leave(to: "the run of '\(other)'") }
      journal = try Journal(root: root)
      if let other = other(journal.state) { return leave(to: "the run of '\(other)'") }
      guard let made = try kernelPlan(noted.map(\.event), journal.state) else { return false }
      plan = made
    } catch JournalError.locked {
      return leave(to: "another run")
    } catch {
      throw InstallFailure(cause: "\(error)", rollback: .nothingDone)
    }
    try await carryOut(plan, operation: Installer.kernelHook, journal)
    do { try KernelEvents(root: root).remove(noted) } catch {
      throw InstallFailure(cause: "\(error)", rollback: .notTried)
    }
    return true
  }

  /// An operation that has not ended. A hook that was interrupted is taken back by the next one: nobody else may ever
  /// come by.
  private func other(_ state: JournalState) -> String? {
    state.interrupted == Installer.kernelHook ? nil : state.interrupted
  }

  private func leave(to other: String) -> Bool {
    report(
      .note(
        "\(other) has not ended: it looks at the kernels at its end; if it was interrupted, 'ramdisk-install update' does"
      ))
    return false
  }

  /// nil where there are no second images, or the system is not known any more.
  private func kernelPlan(_ events: [KernelEvent], _ state: JournalState) throws -> Plan? {
    guard hasSidecars(state) else { return nil }
    let (facts, profile) = try detector().detect()
    guard let profile, let names = profile.initramfs, let modules = profile.kernels?.modules else {
      return nil
    }
    var renewed: Set<String> = []
    var removed: Set<String> = []
    for event in events {
      switch event {
      case .added(let version):
        renewed.insert(version)
        removed.remove(version)
      case .removed(let version):
        removed.insert(version)
        renewed.remove(version)
      case .changed: break
      }
    }
    let step = SidecarStep(
      kernels: facts.kernels.filter { !removed.contains($0.version) }, renewed: renewed, modules: modules,
      stack: facts.rootStack, names: names, leavesRoom: true)
    return Plan(
      facts: facts, findings: [], steps: [step] + (facts.selinux.map { [LabelStep(policy: $0)] } ?? []),
      bootLoaders: nil, profile: profile, initramfs: .sidecar, kernel: .chosen(state) ?? .payload)
  }

  /// Whether there are second images, or will be when the operation that is at work has ended.
  private func hasSidecars(_ state: JournalState) -> Bool {
    state.notes[InstallOptions.InitramfsMode.note] == InstallOptions.InitramfsMode.sidecar.rawValue
  }
}
