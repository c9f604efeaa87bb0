/// What happened to the system's kernels.
public enum KernelEvent: Hashable, Sendable {
  case added(version: String)
  case removed(version: String)
  /// Something; the kernels that are there are looked at.
  case changed
}

extension Installer {
  /// Makes the second initramfs images fit the kernels; called by the distribution's hooks.
  ///
  /// - Returns: whether there was anything to do: not where nothing is installed, another initramfs mode was chosen, or
  ///   an operation was interrupted or is at work.
  /// - Throws: `InstallFailure`; then the images are as they were, and the menu takes the kernel's own.
  public func kernelsChanged(_ event: KernelEvent) async throws(InstallFailure) -> Bool {
    let plan: Plan
    do {
      let state = try Journal.read(in: root)
      guard state.interrupted == nil, InstallOptions.InitramfsMode.chosen(state) == .sidecar else {
        return false
      }
      let (facts, profile) = try detector().detect()
      guard let profile, let names = profile.initramfs, let modules = profile.kernels?.modules else {
        return false
      }
      var kernels = facts.kernels
      var renewed: Set<String> = []
      switch event {
      case .added(let version): renewed = [version]
      case .removed(let version): kernels.removeAll { $0.version == version }
      case .changed: break
      }
      let step = SidecarStep(
        kernels: kernels, renewed: renewed, modules: modules, stack: facts.rootStack,
        names: names, leavesRoom: true)
      plan = Plan(
        facts: facts, findings: [], steps: [step] + (facts.selinux.map { [LabelStep(policy: $0)] } ?? []),
        bootLoaders: nil, profile: profile, initramfs: .sidecar,
        kernel: .chosen(try Journal.read(in: root)) ?? .payload)
    } catch {
      throw InstallFailure(cause: "\(error)", rollback: .nothingDone)
    }
    try await apply(plan, operation: "kernel-hook")
    return true
  }
}
