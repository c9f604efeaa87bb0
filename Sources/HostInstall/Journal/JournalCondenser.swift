/// Shortens the journal of an operation that ended.
enum JournalCondenser {
  /// Entries with the same meaning: of what was changed several times only how it was first and is last, as far as
  /// nobody else changed it in between.
  static func condense(_ state: JournalState) -> [JournalEntry] {
    var changes: [Change] = []
    // Numbers of changes are given again.
    var notes = state.notes.filter { !Undo.isOwnNote($0.key) }
    for change in state.changes {
      switch change.action {
      case .file(let file):
        guard let (index, first) = earlier(file, in: changes) else { break }
        let joined = join(first, file)
        // An image that the system built later is not what it had before the switch.
        if joined.before != first.before { notes[KeepImagesStep.original(file.path)] = nil }
        changes[index].action = .file(joined)
        continue
      case .variable(let variable):
        guard let (index, first) = earlier(variable, in: changes) else { break }
        changes[index].action = .variable(join(first, variable))
        continue
      case .directory, .packages: break
      }
      changes.append(change)
    }
    // Made and removed again: nothing is left to take back.
    changes.removeAll { change in
      guard case .file(let file) = change.action else { return false }
      return file.before.kind == .absent && file.after.kind == .absent
    }
    return [.began(operation: "condensed", version: "")] + changes.map { .changing($0) }
      + notes.sorted { $0.key < $1.key }.map { .noted(name: $0.key, value: $0.value) } + [.ended]
  }

  private static func earlier(_ file: FileChange, in changes: [Change]) -> (index: Int, first: FileChange)? {
    for (index, change) in changes.enumerated() {
      if case .file(let first) = change.action, first.path == file.path { return (index, first) }
    }
    return nil
  }

  private static func earlier(
    _ variable: VariableChange, in changes: [Change]
  ) -> (index: Int, first: VariableChange)? {
    for (index, change) in changes.enumerated() {
      if case .variable(let first) = change.action, first.variable == variable.variable {
        return (index, first)
      }
    }
    return nil
  }

  /// What is to be taken back of two changes of a file. To take back the first one as well would lose what others made
  /// of the file between them.
  private static func join(_ first: FileChange, _ second: FileChange) -> FileChange {
    var joined = first
    joined.after = second.after
    if second.before.hasContent(of: first.after) || second.before.hasContent(of: first.before) {
      return joined
    }
    switch first.ownership {
    case .whole: break
    // The file stays one that was changed since: only the block is taken out of it.
    case .block: joined.after = first.after
    case .replaced, .environment: joined.before = second.before
    }
    return joined
  }

  /// The same for a variable. Our option is ours in whatever words the firmware keeps it. A list to which we added a
  /// second number has lost the first one to someone else.
  private static func join(_ first: VariableChange, _ second: VariableChange) -> VariableChange {
    var joined = second
    let isUntouched = second.before?.bytes == first.after?.bytes && second.number == first.number
    if isUntouched || second.role == .option { joined.before = first.before }
    return joined
  }

  /// The contents that are needed to take back everything that stands.
  static func digests(_ state: JournalState) -> Set<String> {
    var digests: Set<String> = []
    for change in state.changes {
      switch change.action {
      case .file(let file): if let digest = file.before.digest { digests.insert(digest) }
      case .packages(let packages): digests.formUnion(packages.tree.before.values.compactMap(\.digest))
      case .directory, .variable: break
      }
    }
    return digests
  }
}
