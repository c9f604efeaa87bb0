/// dracut takes the place of the initramfs generator; what it needs is installed.
struct PackagesStep: InstallStep {
  let change: DistroProfile.Initramfs.Change
  let simulation: PackageSimulation
  let kernels: [KernelFacts]

  /// Name of the note that says the generator was replaced.
  static let switched = "switched"

  let id = "packages"
  var title: String {
    simulation.removed.isEmpty
      ? "Install dracut's network and iSCSI support"
      : "Replace \(simulation.removed.joined(separator: ", ")) by dracut with iSCSI support"
  }
  var details: [String] {
    var lines: [String] = []
    if !simulation.added.isEmpty { lines.append("install: \(simulation.added.joined(separator: " "))") }
    if !simulation.upgraded.isEmpty { lines.append("upgrade: \(simulation.upgraded.joined(separator: " "))") }
    if !simulation.removed.isEmpty {
      lines.append("remove: \(simulation.removed.joined(separator: " ")) (its configuration stays)")
    }
    return lines.isEmpty ? ["everything is installed already"] : lines
  }

  /// Where packages' scripts change files that must be as before after an uninstallation.
  static let watched = ["/etc", "/boot", "/efi"]

  func apply(_ context: StepContext) async throws {
    guard let packages = context.packages else { throw PackageManagerMissing() }
    // The lists may be newer than at preflight, and what would happen another: it is checked again.
    context.report(.progress("fetching package lists"))
    do { try await packages.refresh() } catch {
      context.report(.warning("the package lists could not be fetched, the present ones are used: \(error)"))
    }
    let simulation = try await packages.simulate(install: change.install, remove: [])
    try UnwantedRemoval.check(simulation, allowed: change.replaces)
    guard !simulation.added.isEmpty || !simulation.removed.isEmpty || !simulation.upgraded.isEmpty else {
      return
    }
    let manual = try await packages.manual()
    let present = try await packages.installed()
    let archives = try await keepArchives(of: simulation.removed, packages, context)
    let id = try context.transaction.announce(
      PackageChange(
        added: simulation.added, removed: simulation.removed,
        removedManual: simulation.removed.filter { manual.contains($0) }, archives: archives,
        leftovers: Leftovers.expected(
          of: simulation.added, context.profile.packages?.leftovers ?? [:], in: context.root),
        tree: TreeChange(before: [:])),
      watching: PackagesStep.watched, images: kernels.flatMap(\.images))
    if !simulation.removed.isEmpty {
      try context.journal.append(.noted(name: PackagesStep.switched, value: "yes"))
    }
    context.report(.progress("installing packages"))
    try await packages.change(install: change.install, remove: [])
    // Their scripts may have renamed images, and no boot loader finds that in a log.
    try BootFiles.settle(in: context.root)
    try context.transaction.faults.reach("changed packages")
    let others = try await packages.installed().subtracting(present).subtracting(simulation.added)
    guard others.isEmpty else {
      // Their files must not be taken for ours, a kernel's least of all: it is taken back by the packages' own scripts.
      context.report(
        .warning(
          "\(others.sorted().joined(separator: ", ")) was installed by another program meanwhile: uninstalling will leave what it changed"
        ))
      return
    }
    try context.transaction.observe(id, watching: PackagesStep.watched)
  }

  /// So that taking it back needs no network.
  private func keepArchives(
    of removed: [String], _ packages: any PackageManager, _ context: StepContext
  ) async throws -> [String] {
    guard !removed.isEmpty else { return [] }
    let directory = try context.journal.makePackageDirectory()
    try await packages.download(removed, to: directory)
    let names = try Files.list(context.root.resolve(directory))
    if names.isEmpty {
      context.report(
        .warning(
          "no package file of \(removed.joined(separator: ", ")) could be kept: uninstalling needs the network"
        ))
    }
    return names.map { "\(directory)/\($0)" }
  }
}

/// A change of packages would remove others than the one it replaces.
public struct UnwantedRemoval: Error, Hashable, Sendable, CustomStringConvertible {
  public let packages: [String]

  public var description: String {
    "switching to dracut would also remove \(packages.joined(separator: ", ")), which need the present initramfs "
      + "generator: remove them yourself if you can do without, or leave the initramfs alone with --initramfs sidecar"
  }

  static func check(_ simulation: PackageSimulation, allowed: [String]) throws(UnwantedRemoval) {
    let unwanted = simulation.removed.filter { !allowed.contains($0) }
    guard unwanted.isEmpty else { throw UnwantedRemoval(packages: unwanted) }
  }
}
