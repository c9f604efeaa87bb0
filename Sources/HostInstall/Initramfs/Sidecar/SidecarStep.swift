import BootMenu
import Glibc

/// A second image for every kernel, which only the boot menu of the ramdisk uses; those of kernels that are gone go.
struct SidecarStep: InstallStep {
  let kernels: [KernelFacts]
  /// Versions of kernels whose image is made anew even if there is a fit one.
  var renewed: Set<String> = []
  let modules: String
  let stack: RootStack
  let names: DistroProfile.Initramfs
  /// Whether a kernel gets no image rather than that the system's next kernel finds no room.
  var leavesRoom = false

  let id = "sidecar"
  var title: String { "Build a second initramfs image beside the system's own, for booting over iSCSI" }
  var details: [String] { kernels.map { "\(SidecarImages.path($0.version)) (kernel \($0.version))" } }

  func apply(_ context: StepContext) async throws {
    try context.transaction.makeDirectory(SidecarImages.directory)
    var served: [KernelFacts] = []
    for kernel in kernels {
      if try await !isFit(kernel, context) {
        if let shortage = try shortage(kernel, context) {
          context.report(.warning("\(shortage)"))
          continue
        }
        try await build(kernel, context)
      }
      served.append(kernel)
    }
    // The index first: it must never name an image that is not there.
    try context.transaction.write(SidecarImages.index, index(of: served, context).json())
    let wanted = Set(served.map { SidecarImages.path($0.version) })
    for path in Self.installed(context.journal.state) where !wanted.contains(path) {
      try context.transaction.remove(path)
    }
  }

  /// The images that we made and did not remove again.
  static func installed(_ state: JournalState) -> [String] {
    let prefix = SidecarImages.path("").dropLast(".img".count)
    let paths = state.changes.compactMap { change -> String? in
      guard case .file(let file) = change.action, file.path.hasPrefix(prefix) else { return nil }
      return file.path
    }
    return Set(paths).sorted().filter { state.lastFile($0)?.after.kind == .file }
  }

  private func shortage(_ kernel: KernelFacts, _ context: StepContext) throws -> SidecarShortage? {
    guard leavesRoom else { return nil }
    let wanted = try SidecarRoom(root: context.root, kernels: kernels).wanted(
      for: kernel, images: Self.installed(context.journal.state))
    let free = try FreeSpace.available(at: context.root.resolve(SidecarImages.directory))
    return free < wanted ? SidecarShortage(kernel: kernel.version, free: free, wanted: wanted) : nil
  }

  private func build(_ kernel: KernelFacts, _ context: StepContext) async throws {
    let path = SidecarImages.path(kernel.version)
    let change = try context.transaction.announce(path, ownership: .whole)
    // A dracut that outlived a killed run must not write into the image of this one.
    let temporary = AtomicFile.temporaryPath(for: path) + ".\(getpid())"
    context.report(.progress("kernel \(kernel.version)"))
    let built = try await context.runner.run(
      SidecarImages.build(kernel.version, as: temporary, stack, names))
    let inspection = try await DracutImage.inspect(temporary, context.runner)
    let missing = inspection.missing(stack, builtIn: builtIn(kernel, context.root))
    guard built.status == 0 && missing.isEmpty else {
      try AtomicFile.removeTemporary(for: context.root.resolve(path))
      throw UnfitImage(kernel: kernel.version, missing: missing, output: built.errors)
    }
    try context.transaction.faults.reach("built \(path)")
    try context.transaction.exchange(path, by: context.root.resolve(temporary), change: change)
  }

  private func isFit(_ kernel: KernelFacts, _ context: StepContext) async throws -> Bool {
    let path = SidecarImages.path(kernel.version)
    guard !renewed.contains(kernel.version), let last = context.journal.state.lastFile(path),
      last.after.kind == .file,
      try FileImage(of: context.root.resolve(path)).hasContent(of: last.after)
    else { return false }
    return try await DracutImage.inspect(path, context.runner)
      .missing(stack, builtIn: builtIn(kernel, context.root)).isEmpty
  }

  private func index(of served: [KernelFacts], _ context: StepContext) -> SidecarIndex {
    let version = InitramfsProbe(root: context.root).facts().dracutVersion?.prefix { $0.isNumber } ?? ""
    let generator = version.isEmpty ? "dracut" : "dracut-\(version)"
    let images = served.map { kernel in
      (
        SidecarIndex.key(ofKernel: kernel.image, among: kernels.map(\.image)),
        SidecarIndex.Image(
          initrd: SidecarImages.indexPath(kernel.version), generator: generator, release: kernel.version)
      )
    }
    return SidecarIndex(kernels: Dictionary(images) { $1 })
  }

  private func builtIn(_ kernel: KernelFacts, _ root: HostRoot) -> Set<String> {
    DracutImage.builtIn(modules.replacing("{kernel}", with: kernel.version), root)
  }
}

/// Packages' scripts may have built the system's own images anew: they become what they were.
struct HostImagesStep: InstallStep {
  let kernels: [KernelFacts]

  let id = "host-images"
  var title: String { "Make sure that the system's own initramfs images are untouched" }
  var details: [String] { kernels.flatMap(\.images) }

  func apply(_ context: StepContext) async throws {
    for change in context.journal.state.changes where context.journal.state.pending.contains(change.id) {
      guard case .packages(let packages) = change.action else { continue }
      for path in kernels.flatMap(\.images) {
        let real = context.root.resolve(path)
        guard let before = packages.tree.before[path], before.kind == .file,
          let digest = before.digest, try FileImage(of: real) != before
        else { continue }
        try AtomicFile.copy(
          context.journal.content(digest), to: real, AtomicFile.Metadata(before),
          context.transaction.placement(real))
        try context.transaction.faults.reach("restored \(path)")
      }
    }
  }
}
