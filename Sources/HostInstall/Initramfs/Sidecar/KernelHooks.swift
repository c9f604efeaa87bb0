/// Scripts that the distribution runs when a kernel comes or goes, with their texts.
struct KernelHooks: Hashable, Sendable {
  struct Script: Hashable, Sendable {
    var path: String
    var text: String
    /// A script is run, anything else (a pacman hook, a systemd unit) is read.
    var mode: UInt32 { text.hasPrefix("#!") ? 0o755 : 0o644 }
  }

  var scripts: [Script] = []
  /// Links by path.
  var links: [String: String] = [:]
  /// kernel-install's plugins that the added packages bring along and that must not act: file names.
  var masks: [String] = []

  /// - Parameter texts: the files in `distro/hooks`, by name.
  /// - Throws: `ProfileError` when the profile names a file that is not there.
  init(_ hooks: DistroProfile.Initramfs.Hooks?, texts: [String: String]) throws(ProfileError) {
    guard let hooks else { return }
    for (path, source) in hooks.scripts.sorted(by: { $0.key < $1.key }) {
      guard let text = texts[source] else {
        throw ProfileError(file: "hooks/\(source)", reason: "it is named by a profile and does not exist")
      }
      scripts.append(Script(path: path, text: text))
    }
    links = hooks.links ?? [:]
    masks = hooks.masks ?? []
  }
}

/// The second images stay true: kernels that come later get one, those that go take theirs along.
struct KernelHooksStep: InstallStep {
  let hooks: KernelHooks
  let generator: InitramfsFacts.Generator

  let id = "kernel-hooks"
  var title: String { "Keep the second images true when kernels come and go" }
  var details: [String] { hooks.scripts.map(\.path) + hooks.links.keys.sorted() }

  func apply(_ context: StepContext) async throws {
    for script in hooks.scripts {
      try context.transaction.makeDirectory(Files.parent(script.path))
      try context.transaction.write(script.path, Array(script.text.utf8), mode: script.mode)
    }
    for (path, target) in hooks.links.sorted(by: { $0.key < $1.key }) {
      try context.transaction.makeDirectory(Files.parent(path))
      try context.transaction.link(target, at: path)
    }
    guard generator != .dracut, context.journal.state.hasAdded(where: { $0.hasPrefix("dracut") }) else {
      return
    }
    for name in hooks.masks where Files.exists(context.root.resolve("/usr/lib/kernel/install.d/" + name)) {
      let path = "/etc/kernel/install.d/" + name
      guard try Files.status(context.root.resolve(path, followLast: false)) == nil else { continue }
      try context.transaction.makeDirectory(Files.parent(path))
      try context.transaction.link("/dev/null", at: path)
    }
  }
}

extension JournalState {
  /// Whether one of the packages that we added is meant.
  func hasAdded(where isMeant: (String) -> Bool) -> Bool {
    changes.contains { change in
      guard case .packages(let packages) = change.action else { return false }
      return packages.added.contains(where: isMeant)
    }
  }
}
