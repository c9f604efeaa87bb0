import Cryptography
import Glibc
import Linux

/// Changes files of the system so that each change can be taken back: the journal knows of it before it is done.
public final class Transaction {
  public let root: HostRoot
  let journal: Journal
  let faults: FaultPoints
  let firmware: any FirmwareVariables
  /// Identifier of the step that is being applied.
  var step = ""

  init(
    root: HostRoot, journal: Journal, faults: FaultPoints, firmware: any FirmwareVariables = AbsentFirmware()
  ) {
    self.root = root
    self.journal = journal
    self.faults = faults
    self.firmware = firmware
  }

  /// Writes a file that is ours alone.
  ///
  /// - Throws: `ForeignFile` when there is another one that we did not write.
  public func write(_ path: String, _ bytes: [UInt8], mode: UInt32 = 0o644) throws {
    try put(path, mode: mode, digest: DigestAlgorithm.sha256.digest(bytes).hexadecimal, ownership: .whole) {
      try AtomicFile.write(bytes, to: $0, $1, $2)
    }
  }

  /// Copies a file of this machine to one that is ours alone.
  ///
  /// - Throws: `ForeignFile` when there is another one that we did not write.
  public func copy(_ source: String, to path: String, mode: UInt32 = 0o644) throws {
    try put(path, mode: mode, digest: FileImage.digest(of: source), ownership: .whole) {
      try AtomicFile.copy(source, to: $0, $1, $2)
    }
  }

  /// What a file becomes that may be someone else's with our marked block in it.
  ///
  /// - Throws: `BrokenBlock` where our present lines cannot be told from its own.
  func inserting(_ block: String, into path: String) throws -> [UInt8] {
    let real = root.resolve(path)
    let current = try Files.status(real) == nil ? [] : Files.read(real)
    guard let bytes = MarkedBlock.inserting(block, into: current) else { throw BrokenBlock(path: path) }
    return bytes
  }

  /// Puts our marked block into a file that may be someone else's.
  ///
  /// - Throws: `BrokenBlock` where our present lines cannot be told from its own.
  public func writeBlock(_ path: String, _ block: String, mode: UInt32 = 0o644) throws {
    let bytes = try inserting(block, into: path)
    try put(path, mode: mode, digest: DigestAlgorithm.sha256.digest(bytes).hexadecimal, ownership: .block) {
      try AtomicFile.write(bytes, to: $0, $1, $2)
    }
  }

  /// Makes a symbolic link that is ours alone.
  ///
  /// - Throws: `ForeignFile` when there is something else.
  public func link(_ target: String, at path: String) throws {
    let real = root.resolve(path, followLast: false)
    let before = try FileImage(of: real)
    var after = FileImage(kind: .symlink)
    after.target = target
    if before.hasContent(of: after) { return }
    guard before.kind == .absent else { throw ForeignFile(path: path) }
    try record(.file(FileChange(path: path, before: before, after: after, ownership: .whole)))
    try AtomicFile.link(target, at: real, owner: 0, group: 0)
    try faults.reach("linked \(path)")
  }

  /// Removes a file or a link; it is kept as long as someone may want it back.
  func remove(_ path: String) throws {
    let real = root.resolve(path, followLast: false)
    let before = try FileImage(of: real)
    guard before.kind != .absent else { return }
    try keep(before, real)
    try record(.file(FileChange(path: path, before: before, after: .absent, ownership: .whole)))
    try AtomicFile.remove(real, placement(real))
    try faults.reach("removed \(path)")
  }

  /// Makes a directory and what is missing of its parents.
  public func makeDirectory(_ path: String, mode: UInt32 = 0o755) throws {
    let real = root.resolve(path)
    if try Files.hasDirectory(real) { return }
    let parent = Files.parent(path)
    if parent != "/" { try makeDirectory(parent) }
    try record(.directory(path: path))
    try syscall("make the directory \(real)") { mkdir(real, mode_t(mode)) }
    try syscall("set the mode of \(real)") { chmod(real, mode_t(mode)) }
    try AtomicFile.flushDirectory(Files.parent(real))
    try faults.reach("made \(path)")
  }

  /// Announces that a file of the system's own will be exchanged, and keeps it; nothing is done yet. One that this
  /// operation announced already is not kept again.
  ///
  /// - Returns: the change's identifier, for `exchange`.
  public func announce(_ path: String, ownership: Ownership = .replaced) throws -> Int {
    if let earlier = journal.state.changes.first(where: { change in
      guard case .file(let file) = change.action else { return false }
      return file.path == path && journal.state.pending.contains(change.id)
    }) {
      return earlier.id
    }
    let before = try FileImage(of: root.resolve(path))
    try keep(before, root.resolve(path))
    return try record(
      .file(FileChange(path: path, before: before, after: before, ownership: ownership)))
  }

  /// Gives a finished file the place of one that was announced.
  public func exchange(_ path: String, by source: String, change: Int) throws {
    try journal.append(.becoming(id: change, FileImage(of: source)))
    try faults.reach("becoming \(path)")
    let real = root.resolve(path)
    try AtomicFile.move(source, to: real, placement(real))
    try faults.reach("exchanged \(path)")
  }

  /// Gives a file of the system's own another content, and leaves its mode and owner.
  func rewrite(_ path: String, _ bytes: [UInt8]) throws {
    var after = FileImage(kind: .file)
    after.digest = try DigestAlgorithm.sha256.digest(bytes).hexadecimal
    after.size = bytes.count
    try rewrite(path, after) { try AtomicFile.write(bytes, to: $0, $1, $2) }
  }

  /// Gives a file of the system's own the content of another one, and leaves its mode and owner.
  func rewrite(_ path: String, withContentOf source: String) throws {
    let source = root.resolve(source)
    try rewrite(path, FileImage(of: source)) { try AtomicFile.copy(source, to: $0, $1, $2) }
  }

  private func rewrite(
    _ path: String, _ content: FileImage,
    _ act: (String, AtomicFile.Metadata, AtomicFile.Placement) throws -> Void
  ) throws {
    let real = root.resolve(path)
    let before = try FileImage(of: real)
    guard !before.hasContent(of: content) else { return }
    var after = before
    after.digest = content.digest
    after.size = content.size
    let change = try announce(path)
    try journal.append(.becoming(id: change, after))
    try faults.reach("becoming \(path)")
    var metadata = AtomicFile.Metadata(before)
    metadata.modified = []
    try act(real, metadata, placement(real))
    try faults.reach("exchanged \(path)")
  }

  /// Keeps the state of everything below `roots` and announces a change of packages.
  ///
  /// - Parameter images: files whose content is kept whatever their size.
  func announce(_ packages: PackageChange, watching roots: [String], images: [String]) throws -> Int {
    let snapshot = try TreeSnapshot(roots, in: root)
    for (path, image) in snapshot.images where image.size <= 1 << 20 || images.contains(path) {
      if let digest = image.digest { try journal.keep(root.resolve(path, followLast: false), digest: digest) }
    }
    try journal.flush()
    var packages = packages
    packages.tree = TreeChange(before: snapshot.images)
    return try record(.packages(packages))
  }

  /// Notes what a change of packages did to the files that were watched.
  func observe(_ change: Int, watching roots: [String]) throws {
    guard case .packages(let packages)? = journal.state.changes.first(where: { $0.id == change })?.action
    else {
      return
    }
    let difference = try TreeSnapshot(images: packages.tree.before).difference(
      to: TreeSnapshot(roots, in: root))
    try journal.append(
      .observed(id: change, tree: TreeChange(before: difference.before, after: difference.after)))
    try faults.reach("observed packages")
  }

  /// How the file `real` of this machine is put in its place.
  func placement(_ real: String) -> AtomicFile.Placement {
    AtomicFile.Placement(of: real, in: root, faults)
  }

  private func put(
    _ path: String, mode: UInt32, digest: String, ownership: Ownership,
    _ act: (String, AtomicFile.Metadata, AtomicFile.Placement) throws -> Void
  ) throws {
    let real = root.resolve(path)
    let before = try FileImage(of: real)
    var after = FileImage(kind: .file)
    after.mode = mode
    after.digest = digest
    if before.hasContent(of: after) && (before.mode == mode || FAT.holds(real)) { return }
    if ownership == .whole && before.kind != .absent {
      guard let last = journal.state.lastFile(path), before.hasContent(of: last.after) else {
        throw ForeignFile(path: path)
      }
    }
    var metadata = AtomicFile.Metadata(mode: mode)
    if ownership == .block && before.kind == .file {
      metadata = AtomicFile.Metadata(before)
      metadata.modified = []
      after.mode = before.mode
    }
    try keep(before, real)
    try record(.file(FileChange(path: path, before: before, after: after, ownership: ownership)))
    try act(real, metadata, placement(real))
    try faults.reach("wrote \(path)")
  }

  private func keep(_ image: FileImage, _ real: String) throws {
    guard let digest = image.digest else { return }
    try journal.keep(real, digest: digest)
    try journal.flush()
  }

  @discardableResult
  func record(_ action: Change.Action) throws -> Int {
    let id = journal.state.lastID + 1
    try faults.reach("announcing change \(id)")
    try journal.append(.changing(Change(id: id, step: step, action: action)))
    try faults.reach("announced change \(id)")
    return id
  }
}

/// A file that we would have to overwrite has a content that we did not write.
public struct ForeignFile: Error, Hashable, Sendable, CustomStringConvertible {
  public let path: String
  public var description: String {
    "\(path) exists and was not written by this program, or was changed since: move it away and try again"
  }
}
