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
  let initramfs: InstallOptions.InitramfsMode
  let kernel: InstallOptions.Kernel

  /// The program that did the same and could be taken out; nil where there is none, or only what stays in any case.
  public var replaceable: PredecessorFacts? {
    facts.predecessor.flatMap { $0.isReplaceable(with: initramfs) ? $0 : nil }
  }

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
  /// Files in `distro/hooks`, by name.
  var hookTexts: [String: String] = [:]

  private var mode: InstallOptions.InitramfsMode {
    options.initramfs ?? .chosen(state) ?? .best(for: profile, facts)
  }

  func plan() async throws -> Plan {
    let selection = bootLoaders
    var findings = Preflight(
      facts: facts, profile: profile, root: root, initramfs: mode, installed: .chosen(state),
      bootLoaders: selection, hostKernel: hostKernel
    ).findings()
    if let found = facts.predecessor, profile != nil {
      findings += found.findings(facts.grub, isReplaced: options.replacesPredecessor, mode)
    }
    let directory = selection?.chosen?.payloadDirectory ?? InstalledPaths.payloadDirectory
    var steps: [any InstallStep] = []
    do {
      let manifest = try Manifest.read(directory: FilePath(options.payload))
      steps = [
        SpaceStep(
          payloadSize: manifest.files.reduce(0) { $0 + $1.size }, payloadParent: Files.parent(directory),
          kernels: facts.kernels, buildsImages: mode != .keep, renewsCopies: mode == .switch),
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
      steps += try await InitramfsPlanner(
        facts: facts, profile: profile, packages: packages,
        hooks: KernelHooks(profile.initramfs?.hooks, texts: hookTexts),
        entries: facts.systemdBoot.map { SystemEntries($0, root) }
      ).steps(mode, &findings)
      steps.append(SiteStep(factory: siteFactory, directory: directory))
      steps.append(NetworkStep(network: facts.network))
      if facts.writesEntries, let text = hookTexts["clean-entry"] { steps.append(EntryHookStep(text: text)) }
      if let loader = selection?.chosen { steps.append(loader.step) }
      if let found = facts.predecessor, options.replacesPredecessor, found.isReplaceable(with: mode) {
        steps.append(ReplaceStep(found: found, grub: facts.grub, names: profile.grub, mode: mode))
      }
    }
    if let policy = facts.selinux, !steps.isEmpty { steps.append(LabelStep(policy: policy)) }
    return Plan(
      facts: facts, findings: findings, steps: steps, bootLoaders: selection, profile: profile,
      initramfs: mode, kernel: kernel)
  }

  /// Chosen, else as installed where that was a choice, else what the firmware starts.
  private var kernel: InstallOptions.Kernel {
    options.kernel ?? .chosen(state) ?? (facts.secureBoot == .enabled ? .host : .payload)
  }

  /// The system's kernel that takes the place of the payload's; nil: none does.
  private var hostKernel: KernelFacts? {
    kernel == .host ? facts.kernels.last : nil
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

  /// nil when there is a configuration already: it is the user's.
  private var siteFactory: SiteFactory? {
    guard !Files.exists(root.resolve(InstalledPaths.site)) else { return nil }
    let name = Files.text(root.resolve("/etc/hostname"))?.split(separator: "\n").first.map(String.init)
    return SiteFactory(
      facts: facts, hostName: name.map { $0.trimmed } ?? "", mode: mode)
  }
}

extension String {
  /// Without blanks at both ends.
  fileprivate var trimmed: String {
    String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }
}
