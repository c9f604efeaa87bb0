/// Shortens the journal of an operation that ended.
enum JournalCondenser {
  /// Entries with the same meaning: of a file that was changed several times only how it was first and is last.
  static func condense(_ state: JournalState) -> [JournalEntry] {
    var changes: [Change] = []
    for change in state.changes {
      if case .variable(let variable) = change.action {
        add(change, variable, to: &changes)
        continue
      }
      guard case .file(let file) = change.action,
        let index = changes.firstIndex(where: { earlier in
          if case .file(let other) = earlier.action { return other.path == file.path }
          return false
        }), case .file(var first) = changes[index].action
      else {
        changes.append(change)
        continue
      }
      first.after = file.after
      changes[index].action = .file(first)
    }
    // Made and removed again: nothing is left to take back.
    changes.removeAll { change in
      guard case .file(let file) = change.action else { return false }
      return file.before.kind == .absent && file.after.kind == .absent
    }
    return [.began(operation: "condensed", version: "")] + changes.map { .changing($0) }
      + state.notes.sorted { $0.key < $1.key }.map { .noted(name: $0.key, value: $0.value) } + [.ended]
  }

  private static func add(_ change: Change, _ variable: VariableChange, to changes: inout [Change]) {
    for index in changes.indices {
      guard case .variable(var first) = changes[index].action, first.variable == variable.variable else {
        continue
      }
      first.after = variable.after
      changes[index].action = .variable(first)
      return
    }
    changes.append(change)
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
