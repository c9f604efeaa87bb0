/// Files get the SELinux labels that the system's policy has for them: a service may not read one that has none.
struct LabelStep: InstallStep {
  let policy: SELinuxPolicy

  let id = "labels"
  var title: String { "Label what was written for SELinux" }
  var details: [String] { [policy.contexts] }

  func apply(_ context: StepContext) async throws {
    let state = context.journal.state
    let paths = state.changes.compactMap { change -> String? in
      guard state.pending.contains(change.id) else { return nil }
      switch change.action {
      case .file(let file): return file.path
      case .directory(let path): return path
      default: return nil
      }
    }.filter { (try? Files.status(context.root.resolve($0, followLast: false))) ?? nil != nil }
    guard !paths.isEmpty else { return }
    // Unlike restorecon it also works where this machine's own kernel has no SELinux.
    try await context.runner.succeed(Command(["setfiles", "-F", policy.contexts] + Set(paths).sorted()))
  }
}

/// The SELinux policy of a system: selinux_config(5).
public struct SELinuxPolicy: Codable, Hashable, Sendable {
  /// File that says which path has which label.
  public var contexts: String

  /// nil where SELinux is off, or the tools are missing.
  init?(of root: HostRoot) {
    var values: [Substring: Substring] = [:]
    for line in (Files.text(root.resolve("/etc/selinux/config")) ?? "").split(whereSeparator: \.isNewline) {
      let parts = line.split(separator: "=", maxSplits: 1)
      if parts.count == 2, !line.hasPrefix("#") { values[parts[0]] = parts[1] }
    }
    guard ["enforcing", "permissive"].contains(values["SELINUX"]), let type = values["SELINUXTYPE"] else {
      return nil
    }
    contexts = "/etc/selinux/\(type)/contexts/files/file_contexts"
    let programs = ["/usr/sbin/setfiles", "/sbin/setfiles"]
    guard Files.exists(root.resolve(contexts)), programs.contains(where: { Files.exists(root.resolve($0)) })
    else {
      return nil
    }
  }
}
