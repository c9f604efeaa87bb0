import Glibc
import Linux

/// Takes changes back, the last one first.
final class Undo {
  /// Why it is done.
  enum Reason: Hashable {
    /// An operation failed or was interrupted: everything it did goes.
    case rollback
    /// The user wants us gone: what the user changed since stays.
    case uninstall
  }

  let root: HostRoot
  let journal: Journal
  let reason: Reason
  let packages: (any PackageManager)?
  let faults: FaultPoints
  let firmware: any FirmwareVariables
  /// Paths left alone because they were changed by someone else, and why.
  private(set) var kept: [String] = []

  init(
    root: HostRoot, journal: Journal, reason: Reason, packages: (any PackageManager)?, faults: FaultPoints,
    firmware: any FirmwareVariables
  ) {
    self.root = root
    self.journal = journal
    self.reason = reason
    self.packages = packages
    self.faults = faults
    self.firmware = firmware
  }

  /// Notes which exchanges of files can be taken back, because the files are still as we left them: reverting packages
  /// may rewrite them. An uninstallation that was refused before it came to the packages does it once more, because
  /// others may have rewritten them meanwhile.
  ///
  /// - Parameter pending: changes of an operation that was interrupted: whatever such a file is, it became then.
  func survey(_ changes: [Change], pending: Set<Int>) throws {
    // What the undoing of later changes makes of a file.
    var states: [String: FileImage] = [:]
    guard journal.state.notes[Undo.revertsPackages] == nil else { return }
    for change in changes.reversed() {
      guard case .file(let file) = change.action, file.ownership == .replaced,
        journal.state.notes[Undo.intact(change.id)] != Undo.becameInBetween
      else { continue }
      let current = try states[file.path] ?? FileImage(of: root.resolve(file.path))
      let isOurs = current.hasContent(of: file.after) || current.hasContent(of: file.before)
      let isPending = pending.contains(change.id)
      states[file.path] = isOurs || isPending ? file.before : current
      let value = isPending ? Undo.becameInBetween : isOurs ? "yes" : "no"
      try journal.append(.noted(name: Undo.intact(change.id), value: value))
    }
  }

  /// Takes one change back; one that was never done, or is taken back already, is no error.
  ///
  /// - Parameter forgets: whether the change is done with. It is not while a later one stands that could not be taken
  ///   back: that may touch the same files when it is, as packages' scripts do with images.
  func undo(_ change: Change, forgets: Bool = true) async throws {
    try journal.requireReachable()
    switch change.action {
    case .file(let file): try undo(file, change.id)
    case .directory(let path): try removeDirectory(path)
    case .packages(let packages): try await undo(packages)
    case .variable(let variable): try undo(variable)
    }
    try faults.reach("undid change \(change.id)")
    if forgets { try journal.append(.undone(id: change.id)) }
  }

  /// Whether an exchange can be taken back: the file was as we left it when the undoing began.
  static func isIntact(_ id: Int, _ state: JournalState) -> Bool {
    ["yes", becameInBetween].contains(state.notes[intact(id)])
  }

  /// Whether a note was made by an uninstallation: it says nothing any more once another operation has ended.
  static func isOwnNote(_ name: String) -> Bool { name.hasPrefix("intact ") }

  /// Name of the note that says so.
  private static func intact(_ id: Int) -> String { "intact \(id)" }
  /// Its value for a file of an interrupted run.
  private static let becameInBetween = "interrupted"
  /// Name of the note that says packages may have been reverted already, and with them whatever files they rewrite.
  static let revertsPackages = "reverts packages"

  private func undo(_ file: FileChange, _ id: Int) throws {
    let real = root.resolve(file.path, followLast: !file.isLink)
    // Its directory may be gone with a package.
    guard try Files.hasDirectory(Files.parent(real)) else { return }
    try AtomicFile.removeTemporary(for: real)
    let current = try FileImage(of: real)
    // What was before may be an earlier choice of ours.
    if file.ownership == .environment && reason == .uninstall { return try restoreEnvironment(file, real) }
    if current.isSame(as: file.before) { return }
    let isOurs =
      file.ownership == .replaced
      ? reason == .rollback || Undo.isIntact(id, journal.state)
      : current.hasContent(of: file.after) || current.hasContent(of: file.before)
    if isOurs {
      if file.ownership == .replaced && current.kind == .absent && reason == .uninstall { return }
      do { return try restore(file.before, at: real) } catch let lost as LostContent
        where reason == .uninstall
      {
        if file.ownership == .block { return try removeBlock(file, real, current) }
        try journal.append(.noted(name: Undo.intact(id), value: "lost"))
        return kept.append(lost.description)
      }
    }
    switch file.ownership {
    case .replaced: return
    case .environment: try restoreEnvironment(file, real)
    case .whole:
      if current.kind != .absent { kept.append("\(file.path) was changed since it was installed") }
    case .block: try removeBlock(file, real, current)
    }
  }

  /// The block as it was, unless other variables were changed since; then only our choice is taken out.
  private func restoreEnvironment(_ file: FileChange, _ real: String) throws {
    guard let now = EnvironmentBlock(Files.text(real) ?? "") else { return }
    let before = try keptContent(file.before).flatMap { EnvironmentBlock(Files.text($0) ?? "") }
    let chosen = "next_entry"
    let ours = [InstalledPaths.entry, LoaderEntryFile.name]
    guard ([nil, ""] + ours).contains(now[chosen]) else { return }
    let current = try FileImage(of: real)
    if let before, now.removing(chosen) == before.removing(chosen),
      reason == .rollback || !ours.contains(before[chosen] ?? "")
    {
      if !current.isSame(as: file.before) { try restore(file.before, at: real) }
      return
    }
    guard now[chosen] != nil else { return }
    let rest = Array(now.removing(chosen).text.utf8)
    try AtomicFile.write(rest, to: real, AtomicFile.Metadata(current), placement(real))
  }

  private func removeBlock(_ file: FileChange, _ real: String, _ current: FileImage) throws {
    guard current.kind == .file else { return }
    let bytes = try Files.read(real)
    guard let rest = MarkedBlock.removing(from: bytes) else {
      return kept.append(BrokenBlock(path: file.path).description)
    }
    guard rest != bytes else { return }
    if rest.isEmpty && file.before.kind == .absent { return try AtomicFile.remove(real, placement(real)) }
    try AtomicFile.write(rest, to: real, AtomicFile.Metadata(current), placement(real))
    kept.append("\(file.path) was changed since: only our lines were taken out")
  }

  private func removeDirectory(_ path: String) throws {
    let real = root.resolve(path)
    if rmdir(real) == 0 { return try AtomicFile.flushDirectory(Files.parent(real)) }
    let code = errno
    switch code {
    case ENOENT: return
    case ENOTEMPTY, EEXIST: kept.append("\(path) is not empty")
    default: throw SystemError(errno: code, attempt: "remove the directory \(real)")
    }
  }

  func restore(_ image: FileImage, at real: String) throws {
    let metadata = AtomicFile.Metadata(image)
    switch image.kind {
    case .absent: try AtomicFile.remove(real, placement(real))
    case .file:
      guard let content = try keptContent(image) else { throw LostContent(path: real) }
      try AtomicFile.copy(content, to: real, metadata, placement(real))
    case .symlink:
      try AtomicFile.link(
        image.target ?? "", at: real, owner: image.owner, group: image.group,
        modified: image.modified, placement(real))
    case .directory:
      if try !Files.hasDirectory(real) {
        try syscall("make the directory \(real)") { mkdir(real, mode_t(image.mode)) }
      }
    case .special: throw LostContent(path: real)
    }
  }

  private func placement(_ real: String) -> AtomicFile.Placement {
    AtomicFile.Placement(of: real, in: root, faults)
  }

  /// Where the journal's store has the content of a file; nil where it has not, or only what a power cut left of it.
  private func keptContent(_ image: FileImage) throws -> String? {
    guard let digest = image.digest, try journal.holds(digest) else { return nil }
    return journal.content(digest)
  }

  func keep(_ message: String) { kept.append(message) }
}

/// The former content of a file is not in the journal's store, or damaged there.
public struct LostContent: Error, Hashable, Sendable, CustomStringConvertible {
  public let path: String
  public var description: String {
    "what \(path) held before is lost (\(Journal.directory) does not hold it whole): if it is not as it should be now, restore it from a backup or reinstall the package it belongs to"
  }
}
