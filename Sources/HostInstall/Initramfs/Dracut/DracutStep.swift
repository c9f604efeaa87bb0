import Glibc

/// dracut's configuration, before dracut is there: what makes images later finds it.
struct DracutConfigurationStep: InstallStep {
  let configuration: DracutConfiguration

  let id = "dracut"
  var title: String { "Configure dracut for iSCSI" }
  var details: [String] { [DracutConfiguration.path] }

  func apply(_ context: StepContext) async throws {
    try context.transaction.makeDirectory(Files.parent(DracutConfiguration.path))
    try context.transaction.write(DracutConfiguration.path, Array(configuration.text.utf8))
  }
}

/// The images of all kernels are kept, before anything may change them.
struct KeepImagesStep: InstallStep {
  let kernels: [KernelFacts]

  /// Name of the note with the number of the change that kept an image as it was before the switch.
  static func original(_ path: String) -> String { "original \(path)" }

  let id = "keep-images"
  var title: String { "Keep the present initramfs images" }
  var details: [String] { kernels.flatMap(\.images) }

  func apply(_ context: StepContext) async throws {
    // After the switch they are dracut's: not what the restored generator would want back.
    guard context.journal.state.notes[PackagesStep.switched] == nil else { return }
    // One that was kept already is kept as it was then; if the system has made it anew since, that one stays for good.
    for path in kernels.flatMap(\.images) where context.journal.state.lastFile(path) == nil {
      let change = try context.transaction.announce(path)
      try context.journal.append(.noted(name: KeepImagesStep.original(path), value: "\(change)"))
    }
  }
}

/// An image for every kernel, built beside the one in use, looked into, and only then put in its place.
struct BuildImagesStep: InstallStep {
  let kernels: [KernelFacts]
  let modules: String
  let stack: RootStack

  let id = "images"
  var title: String { "Build initramfs images that can boot over iSCSI" }
  var details: [String] {
    kernels.flatMap { kernel in
      ["\(kernel.initramfs) (kernel \(kernel.version))"] + kernel.copies.map { "\($0): its copy" }
    }
  }

  func apply(_ context: StepContext) async throws {
    for kernel in kernels {
      if try await !isFit(kernel, context) { try await build(kernel, context) }
      for copy in kernel.copies {
        try context.transaction.rewrite(copy, withContentOf: kernel.initramfs)
      }
    }
  }

  private func build(_ kernel: KernelFacts, _ context: StepContext) async throws {
    let change = try context.transaction.announce(kernel.initramfs)
    // A dracut that outlived a killed run must not write into the image of this one.
    let temporary = AtomicFile.temporaryPath(for: kernel.initramfs) + ".\(getpid())"
    context.report(.progress("kernel \(kernel.version)"))
    let built = try await context.runner.run(
      DracutImage.build(kernel.version, as: temporary))
    let inspection = try await DracutImage.inspect(temporary, context.runner)
    let missing = inspection.missing(stack, builtIn: builtIn(kernel, context.root))
    guard built.status == 0 && missing.isEmpty else {
      try AtomicFile.removeTemporary(for: context.root.resolve(kernel.initramfs))
      throw UnfitImage(kernel: kernel.version, missing: missing, output: built.errors)
    }
    try context.transaction.faults.reach("built \(kernel.initramfs)")
    try context.transaction.exchange(
      kernel.initramfs, by: context.root.resolve(temporary), change: change)
  }

  /// Whether the image was made with our configuration by an earlier run, or by the system since, and has all it needs.
  private func isFit(_ kernel: KernelFacts, _ context: StepContext) async throws -> Bool {
    let isConfigured = context.journal.state.changes.contains { change in
      guard case .file(let file) = change.action else { return false }
      return file.path == DracutConfiguration.path && !context.journal.state.pending.contains(change.id)
    }
    guard isConfigured else { return false }
    return try await DracutImage.inspect(kernel.initramfs, context.runner)
      .missing(stack, builtIn: builtIn(kernel, context.root)).isEmpty
  }

  private func builtIn(_ kernel: KernelFacts, _ root: HostRoot) -> Set<String> {
    DracutImage.builtIn(modules.replacing("{kernel}", with: kernel.version), root)
  }
}

/// An image was built that could not boot over iSCSI, or not at all.
public struct UnfitImage: Error, Hashable, Sendable, CustomStringConvertible {
  public let kernel: String
  public let missing: [String]
  public let output: String

  public var description: String {
    let printed = output.split(separator: "\n")
    let reasons = printed.filter { $0.contains("can't be installed") }
    let lines = (reasons.isEmpty ? printed : reasons).suffix(6)
    return
      ([
        "dracut made no fit image for kernel \(kernel)\(missing.isEmpty ? "" : ": it lacks \(missing.joined(separator: ", "))")"
      ]
      + lines.map { "  | \($0)" }).joined(separator: "\n")
  }
}
