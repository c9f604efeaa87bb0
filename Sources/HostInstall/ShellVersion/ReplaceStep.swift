/// What a predecessor left is taken out, each file with its before-image: uninstalling gives it back.
///
/// It comes after our own entry: until then the menu has the predecessor's. A script of GRUB's is not just removed: what it
/// printed is cut out of the configuration, which is otherwise left as it is. To generate it anew would change more than
/// that (docs/decisions/0020-replacing-the-shell-version.md).
struct ReplaceStep: InstallStep {
  let found: PredecessorFacts
  let grub: GRUBFacts?
  let names: DistroProfile.GRUB?
  let mode: InstallOptions.InitramfsMode

  let id = "replace"
  var title: String { "Take out \(found.name)" }
  var details: [String] {
    taken.map(\.path)
      + (found.menuSections.isEmpty ? [] : ["\(grub?.configuration ?? ""): its entry is cut out"])
      + left.map { "\($0.path) stays: the system's own images are made with it" }
  }

  private var left: [PredecessorFacts.File] { found.left(with: mode) }

  private var taken: [PredecessorFacts.File] { found.files.filter { !left.contains($0) } }

  func apply(_ context: StepContext) async throws {
    let entries: [Predecessor.Kind] = [.entry, .script]
    for file in taken where entries.contains(file.kind) { try context.transaction.remove(file.path) }
    try await cutSections(context)
    for file in taken where !entries.contains(file.kind) { try context.transaction.remove(file.path) }
  }

  private func cutSections(_ context: StepContext) async throws {
    guard let grub, let names, !found.menuSections.isEmpty else { return }
    var bytes = try Files.read(context.root.resolve(grub.configuration))
    for script in found.menuSections {
      guard let rest = GRUBSection(script).removed(from: bytes) else {
        throw BrokenSection(configuration: grub.configuration, script: script)
      }
      bytes = rest
    }
    try await GRUBSyntax.check(bytes, names, context)
    try context.transaction.rewrite(grub.configuration, bytes)
    for script in found.menuSections {
      try context.journal.append(.noted(name: ReplaceStep.note + script, value: grub.configuration))
    }
  }

  /// Begins the name of a note of a script whose section was cut out.
  private static let note = "cut "

  /// Scripts that are back while the menu was generated anew since, in words.
  static func scriptsWithoutEntry(_ state: JournalState, _ names: DistroProfile.GRUB?, _ root: HostRoot)
    -> [String]
  {
    state.notes.filter { $0.key.hasPrefix(note) }.sorted { $0.key < $1.key }.compactMap {
      key, configuration in
      let script = String(key.dropFirst(note.count))
      guard Files.exists(root.resolve(script)), let menu = Files.text(root.resolve(configuration)),
        !menu.contains(GRUBSection(script).begin)
      else { return nil }
      let command = Command.filled(names?.make ?? [], ["file": [configuration]])
      return
        "\(configuration) was generated anew since: run '\(command)' to have the entry of \(script) in it again"
    }
  }
}
