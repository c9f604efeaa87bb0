import Cryptography
import Glibc

extension Undo {
  /// Removes what purged packages left behind.
  ///
  /// A kill inside the package manager leaves no record of what its scripts did: then this is all that takes the
  /// accounts back that they made.
  func removeLeftovers(_ change: PackageChange, _ packages: any PackageManager) async throws {
    guard change.leftovers != Leftovers() else { return }
    let installed = try await packages.installed()
    guard !change.added.contains(where: installed.contains) else { return }
    for path in change.leftovers.files {
      let real = root.resolve(path, followLast: false)
      if try Files.hasDirectory(real) {
        if rmdir(real) == 0 { try AtomicFile.flushDirectory(Files.parent(real)) }
      } else if try Files.hasDirectory(Files.parent(real)) {
        try AtomicFile.remove(real)
      }
    }
    for path in Leftovers.accountFiles { try removeUsers(change.leftovers.users, from: path, change.tree) }
  }

  /// With nothing but their lines added since, the file and its backup become what they were.
  private func removeUsers(_ users: [String], from path: String, _ tree: TreeChange) throws {
    let real = root.resolve(path)
    guard try Files.status(real) != nil else { return }
    let bytes = try Files.read(real)
    let rest = Leftovers.without(users, bytes)
    let digest = try DigestAlgorithm.sha256.digest(rest).hexadecimal
    guard let before = tree.before[path], before.digest == digest else {
      guard rest != bytes else { return }
      var metadata = AtomicFile.Metadata(try FileImage(of: real))
      metadata.modified = []
      return try AtomicFile.write(rest, to: real, metadata)
    }
    // It has that content, whether the journal has it or not.
    if try !FileImage(of: real).isSame(as: before) || rest != bytes {
      try AtomicFile.write(rest, to: real, AtomicFile.Metadata(before))
    }
    let backup = path + "-"
    guard tree.after == nil, let old = tree.before[backup] ?? missing(backup, tree) else { return }
    if try !FileImage(of: root.resolve(backup)).isSame(as: old) {
      try restoreOrKeep(old, at: root.resolve(backup))
    }
  }

  /// Without a state after, `before` names everything that was there.
  private func missing(_ path: String, _ tree: TreeChange) -> FileImage? {
    tree.after == nil ? .absent : nil
  }
}
