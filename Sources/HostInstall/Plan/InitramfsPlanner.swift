/// The steps that make images which can boot over iSCSI.
struct InitramfsPlanner {
  let facts: HostFacts
  let profile: DistroProfile
  let packages: (any PackageManager)?
  let hooks: KernelHooks
  /// Of systemd-boot, where the system has it.
  let entries: SystemEntries?

  /// - Parameter findings: gets what speaks against it.
  func steps(_ mode: InstallOptions.InitramfsMode, _ findings: inout [Finding]) async -> [any InstallStep] {
    guard mode != .keep, let names = profile.initramfs, let kernelNames = profile.kernels,
      let change = mode == .switch ? names.switch : names.sidecar
    else { return [] }
    var steps: [any InstallStep] = [KeepImagesStep(kernels: facts.kernels)]
    if mode == .switch {
      steps.append(
        DracutConfigurationStep(configuration: DracutConfiguration(installItems: names.installItems)))
    }
    if let packages {
      guard let simulation = await simulate(change, packages, mode, &findings) else { return [] }
      steps.append(PackagesStep(change: change, simulation: simulation, kernels: facts.kernels))
    }
    if mode == .switch {
      steps.append(
        BuildImagesStep(kernels: facts.kernels, modules: kernelNames.modules, stack: facts.rootStack))
    } else {
      steps.append(HostImagesStep(kernels: facts.kernels))
      steps.append(
        SidecarStep(
          kernels: facts.kernels, modules: kernelNames.modules, stack: facts.rootStack,
          names: names))
      steps.append(KernelHooksStep(hooks: hooks, generator: facts.initramfs.generator))
    }
    if let entries {
      for path in entries.broken {
        findings.append(
          Finding(
            .warning, "\(path) leads to a file that is not there: systemd-boot cannot start it",
            remedy: "write it anew (kernel-install add VERSION /boot/vmlinuz-VERSION), or remove it"))
      }
      steps.append(CheckEntriesStep(entries: entries))
    }
    return steps
  }

  private func simulate(
    _ change: DistroProfile.Initramfs.Change, _ packages: any PackageManager,
    _ mode: InstallOptions.InitramfsMode, _ findings: inout [Finding]
  ) async -> PackageSimulation? {
    let simulation: PackageSimulation
    do {
      let unfinished = try await packages.unfinished()
      if !unfinished.isEmpty {
        findings.append(
          Finding(
            .refusal, "some packages are only half installed:\n\(unfinished)",
            remedy: "finish what was interrupted first (dpkg --configure -a)"))
      }
      simulation = try await packages.simulate(install: change.install, remove: [])
    } catch {
      findings.append(
        Finding(
          .refusal, "the package manager cannot install \(change.install.joined(separator: " ")):\n\(error)",
          remedy: "fetch the package lists anew, and see what it says"))
      return nil
    }
    do {
      try UnwantedRemoval.check(simulation, allowed: change.replaces)
    } catch {
      findings.append(
        Finding(
          .refusal, error.description,
          remedy: mode == .switch && profile.initramfs?.sidecar != nil ? "--initramfs sidecar" : nil))
    }
    return simulation
  }
}
