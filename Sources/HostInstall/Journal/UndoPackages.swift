import Glibc

extension Undo {
  /// Brings removed packages back and removes those that were added, then puts right what their scripts left.
  func undo(_ change: PackageChange) async throws {
    guard let packages else { throw PackageManagerMissing() }
    if reason == .rollback || change.tree.after == nil {
      try noteReverting()
      try await packages.repair()
    }
    try saveUserChanges(change)
    let installed = try await packages.installed()
    let missing = change.removed.filter { !installed.contains($0) }
    let surplus = change.added.filter { installed.contains($0) }
    if !missing.isEmpty || !surplus.isEmpty {
      try await exchange(packages, change, missing: missing, surplus: surplus)
      // Their scripts renamed images, and no boot loader finds that in a log.
      try BootFiles.settle(in: root)
      try faults.reach("reverted packages")
      try await packages.markManual(missing.filter { change.removedManual.contains($0) })
    }
    try restoreTree(change.tree)
    try await removeLeftovers(change, packages)
    for (path, image) in journal.state.saved.sorted(by: { $0.key < $1.key }) {
      let real = root.resolve(path, followLast: false)
      if try Files.status(real) == nil && Files.hasDirectory(Files.parent(real)) {
        try restoreOrKeep(image, at: real)
      }
    }
  }

  private func exchange(
    _ packages: any PackageManager, _ change: PackageChange, missing: [String], surplus: [String]
  ) async throws {
    var surplus = surplus
    let archives = change.archives
    // A package installed later may need one of those we added: then all of them stay but what conflicts.
    if let simulated = try? await packages.simulate(install: missing, remove: surplus) {
      let others = simulated.removed.filter { !surplus.contains($0) }
      if !others.isEmpty {
        let conflicting = try await packages.simulate(install: missing, remove: []).removed
          .filter { !change.added.contains($0) }
        guard conflicting.isEmpty else {
          throw PackagesInTheWay(packages: conflicting, missing: missing)
        }
        keep(
          "the packages \(surplus.joined(separator: " ")) stay, because \(others.joined(separator: ", ")) needs them"
        )
        surplus = []
      }
    }
    try noteReverting()
    do {
      try await packages.revert(install: missing, remove: surplus)
    } catch {
      let files = archives.filter { Files.exists(root.resolve($0)) }
      guard !files.isEmpty else { throw error }
      try await packages.revert(install: files, remove: surplus)
    }
  }

  /// From here on a file that is not as we left it may have been rewritten by packages' scripts.
  private func noteReverting() throws {
    guard reason == .uninstall, journal.state.notes[Undo.revertsPackages] == nil else { return }
    try journal.append(.noted(name: Undo.revertsPackages, value: "yes"))
  }

  /// Files of added packages that the user edited would go with their package.
  private func saveUserChanges(_ change: PackageChange) throws {
    guard reason == .uninstall, let after = change.tree.after else { return }
    for (path, image) in after where image.kind == .file && change.tree.before[path]?.kind == .absent {
      let real = root.resolve(path, followLast: false)
      let current = try FileImage(of: real)
      guard current.kind == .file, !current.hasContent(of: image), let digest = current.digest else {
        continue
      }
      try journal.keep(real, digest: digest)
      try journal.flush()
      try journal.append(.saved(path: path, current))
      keep("\(path) was changed since it was installed")
    }
  }

  private func restoreTree(_ tree: TreeChange) throws {
    // A kill between two names of a file may have left the hidden one.
    for path in tree.before.keys.sorted() {
      try AtomicFile.removeTemporary(for: root.resolve(path, followLast: false))
    }
    // Without a state after, what packages did cannot be told from what the user did: their own scripts have to do.
    guard let after = tree.after else { return }
    for (path, before) in tree.before.sorted(by: { $0.key < $1.key }) where before.kind != .absent {
      let real = root.resolve(path, followLast: false)
      let current = try FileImage(of: real)
      let isOurs = after[path].map { current.hasContent(of: $0) } ?? false
      if !current.isSame(as: before) && isOurs { try restoreOrKeep(before, at: real) }
    }
    // Children before their directories.
    for (path, before) in tree.before.sorted(by: { $0.key > $1.key }) where before.kind == .absent {
      let real = root.resolve(path, followLast: false)
      let current = try FileImage(of: real)
      guard current.kind != .absent, let made = after[path], current.hasContent(of: made) else { continue }
      if current.kind == .directory { removeIfEmpty(real) } else { try restore(before, at: real) }
    }
  }

  /// Content that is lost does not stop an uninstallation: it would never end.
  func restoreOrKeep(_ image: FileImage, at real: String) throws {
    do { try restore(image, at: real) } catch let lost as LostContent where reason == .uninstall {
      keep(lost.description)
    }
  }

  private func removeIfEmpty(_ real: String) {
    if (try? Files.list(real))?.isEmpty ?? false { rmdir(real) }
  }
}

/// What was replaced cannot come back without taking along what was installed since.
public struct PackagesInTheWay: Error, Hashable, Sendable, CustomStringConvertible {
  public let packages: [String]
  public let missing: [String]

  public var description: String {
    "bringing \(missing.joined(separator: ", ")) back would remove \(packages.joined(separator: ", ")), installed since: "
      + "remove it yourself if you can do without, then run 'ramdisk-install --uninstall' again"
  }
}

/// The system's package manager is not one that this program can drive.
public struct PackageManagerMissing: Error, Hashable, Sendable, CustomStringConvertible {
  public var description: String {
    "there is no distro profile with a package manager for this system any more"
  }
}
