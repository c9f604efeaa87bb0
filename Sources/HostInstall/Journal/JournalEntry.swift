/// A line of the journal.
public enum JournalEntry: Codable, Hashable, Sendable {
  /// An operation begins: `install`, `update`, `uninstall`.
  case began(operation: String, version: String)
  /// Will be done next.
  case changing(Change)
  /// What the packages' scripts changed in files.
  case observed(id: Int, tree: TreeChange)
  /// What a file will be instead of what was announced: its content was not known then.
  case becoming(id: Int, FileImage)
  /// Taken aside: a file that the user changed and a package would take along.
  case saved(path: String, FileImage)
  /// Taken back.
  case undone(id: Int)
  /// A fact to remember, for example the entry's identifier.
  case noted(name: String, value: String)
  /// The operation is over: done, or wholly taken back.
  case ended
}

/// What the entries of a journal add up to.
public struct JournalState: Hashable, Sendable {
  /// Changes that stand, in the order in which they were made.
  public var changes: [Change] = []
  /// The operation that was interrupted; nil when the last one ended.
  public var interrupted: String?
  /// The changes made by the interrupted operation.
  public var pending: Set<Int> = []
  public var notes: [String: String] = [:]
  /// Files of the user that an uninstallation under way has to put back.
  public var saved: [String: FileImage] = [:]
  public var lastID = 0

  init(_ entries: [JournalEntry]) {
    for entry in entries { apply(entry) }
  }

  mutating func apply(_ entry: JournalEntry) {
    switch entry {
    case .began(let operation, _):
      interrupted = operation
      pending = []
    case .changing(let change):
      changes.append(change)
      pending.insert(change.id)
      lastID = max(lastID, change.id)
    case .observed(let id, let tree):
      update(id) { change in
        guard case .packages(var packages) = change.action else { return }
        packages.tree = tree
        change.action = .packages(packages)
      }
    case .becoming(let id, let image):
      update(id) { change in
        guard case .file(var file) = change.action else { return }
        file.after = image
        change.action = .file(file)
      }
    case .saved(let path, let image): saved[path] = image
    case .undone(let id):
      changes.removeAll { $0.id == id }
      pending.remove(id)
    case .noted(let name, let value): notes[name] = value
    case .ended:
      interrupted = nil
      pending = []
    }
  }

  private mutating func update(_ id: Int, _ body: (inout Change) -> Void) {
    if let index = changes.firstIndex(where: { $0.id == id }) { body(&changes[index]) }
  }

  /// What we last made of a path; nil when we never touched it.
  public func lastFile(_ path: String) -> FileChange? {
    for change in changes.reversed() {
      if case .file(let file) = change.action, file.path == path { return file }
    }
    return nil
  }
}
