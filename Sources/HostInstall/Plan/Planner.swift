import Glibc
import PayloadImage
import SystemPackage

/// What will be done, in order, and why it may not be.
public struct Plan: Sendable {
  public let facts: HostFacts
  public let findings: [Finding]
  public let steps: [any InstallStep]
  /// nil without a profile.
  public let bootLoaders: BootLoaderSelection?
  let profile: DistroProfile?

  /// Whether nothing speaks against it.
  public var isPossible: Bool { !findings.contains { $0.severity == .refusal } }
}

/// Makes a plan from what was detected and what the user chose.
struct Planner {
  let root: HostRoot
  let facts: HostFacts
  let profile: DistroProfile?
  let packages: (any PackageManager)?
  let options: InstallOptions
  let state: JournalState
  let firmware: any FirmwareVariables

  func plan() async throws -> Plan {
    let selection = bootLoaders
    var findings = Preflight(
      facts: facts, profile: profile, root: root, initramfs: options.initramfs, bootLoaders: selection,
      hostKernel: hostKernel
    ).findings()
    let directory = selection?.chosen?.payloadDirectory ?? InstalledPaths.payloadDirectory
    var steps: [any InstallStep] = []
    do {
      let manifest = try Manifest.read(directory: FilePath(options.payload))
      steps = [
        SpaceStep(
          payloadSize: manifest.files.reduce(0) { $0 + $1.size }, payloadParent: Files.parent(directory),
          kernels: facts.kernels,
          buildsImages: options.initramfs == .switch),
        PayloadStep(
          source: options.payload, manifest: manifest, directory: directory, hostKernel: hostKernel),
      ]
      if hostKernel != nil, !Files.exists("\(options.payload)/\(HostKernelPayload.moduleList)") {
        findings.append(
          Finding(
            .refusal,
            "\(options.payload)/\(HostKernelPayload.moduleList) is missing: it names the modules of the system's kernel that the ramdisk needs",
            remedy: "build the payload anew with ./install.sh, or use --kernel payload"))
      }
    } catch {
      findings.append(
        Finding(.refusal, error.description, remedy: "name the payload's directory with --payload"))
    }
    if let profile, !findings.contains(where: { $0.severity == .refusal }) {
      if options.initramfs == .switch { steps += try await initramfsSteps(profile, &findings) }
      steps.append(SiteStep(factory: siteFactory, directory: directory))
      steps.append(NetworkStep(network: facts.network))
      if let loader = selection?.chosen { steps.append(loader.step) }
    }
    return Plan(
      facts: facts, findings: findings, steps: steps, bootLoaders: selection, profile: profile)
  }

  /// The system's kernel that takes the place of the payload's; nil: none does.
  private var hostKernel: KernelFacts? {
    let isWanted = options.kernel.map { $0 == .host } ?? (facts.secureBoot == .enabled)
    return isWanted ? facts.kernels.last : nil
  }

  private var bootLoaders: BootLoaderSelection? {
    guard let profile else { return nil }
    let isInstalled = state.changes.contains { !state.pending.contains($0.id) }
    return BootLoaderSelection(
      BootLoaderContext(
        root: root, facts: facts, profile: profile, firmware: firmware,
        payloadSize: (try? Manifest.read(directory: FilePath(options.payload)))?.size ?? 0),
      wanted: options.bootLoader, installed: isInstalled ? BootLoaderSelection.installed(state) : nil)
  }

  private func initramfsSteps(_ profile: DistroProfile, _ findings: inout [Finding]) async throws
    -> [any InstallStep]
  {
    guard let names = profile.initramfs, let change = names.switch, let kernelNames = profile.kernels,
      let packages
    else {
      return []
    }
    let simulation: PackageSimulation
    do {
      simulation = try await packages.simulate(install: change.install, remove: [])
    } catch {
      findings.append(
        Finding(
          .refusal, "the package manager cannot install \(change.install.joined(separator: " ")):\n\(error)",
          remedy: "apt-get update, and see what it says"))
      return []
    }
    do {
      try UnwantedRemoval.check(simulation, allowed: change.replaces)
    } catch {
      findings.append(Finding(.refusal, error.description))
    }
    return [
      KeepImagesStep(kernels: facts.kernels),
      DracutConfigurationStep(configuration: DracutConfiguration(installItems: names.installItems)),
      PackagesStep(change: change, simulation: simulation, kernels: facts.kernels),
      BuildImagesStep(
        kernels: facts.kernels, modules: kernelNames.modules, rootType: facts.rootFileSystem?.type ?? "ext4"),
    ]
  }

  /// nil when there is a configuration already: it is the user's.
  private var siteFactory: SiteFactory? {
    guard !Files.exists(root.resolve(InstalledPaths.site)) else { return nil }
    let name = Files.text(root.resolve("/etc/hostname"))?.split(separator: "\n").first.map(String.init)
    return SiteFactory(
      facts: facts, hostName: name.map { $0.trimmed } ?? "", switchesToDracut: options.initramfs == .switch)
  }
}

extension String {
  /// Without blanks at both ends.
  fileprivate var trimmed: String {
    String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }
}
