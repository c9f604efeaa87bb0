import Synchronization
import Testing

@testable import HostInstall

/// A distribution's package manager, dracut and GRUB's tools, by the commands of its profile. What simulations print is
/// in each package manager's own words. Anything else fails the test.
final class FakeDistroPrograms: CommandRunner {
  private let system: FakeSystem
  private let profile: DistroProfile
  private let recorded = Mutex<[Command]>([])
  private let installed: Mutex<Set<String>>

  init(_ system: FakeSystem, _ profile: DistroProfile) {
    self.system = system
    self.profile = profile
    // Where dracut is the generator it is a package that is there.
    let hasDracut = Files.exists(system.path("/usr/bin/dracut"))
    installed = Mutex(hasDracut ? ["base", "dracut", "dracut-core", "sys-kernel/dracut"] : ["base"])
  }

  var commands: [Command] { recorded.withLock { $0 } }

  func run(_ command: Command) async throws -> CommandResult {
    recorded.withLock { $0.append(command) }
    let words = command.arguments
    if words.first == "dracut", let target = words.last {
      try system.write(target, "dracut image")
      return CommandResult(status: 0)
    }
    if words.first == "lsinitrd" { return CommandResult(status: 0, output: Self.listing) }
    if words.first == "setfiles" { return CommandResult(status: 0) }
    guard let packages = profile.packages else { return CommandResult(status: 127) }
    if words == packages.list { return CommandResult(status: 0, output: list(packages.kind)) }
    if [packages.listManual, packages.refresh, packages.repair, packages.audit].contains(words) {
      return CommandResult(status: 0)
    }
    if let check = profile.grub?.check, matches(check, words, "{file}") != nil {
      return CommandResult(status: 0)
    }
    if let names = matches(packages.simulate, words, "{packages}") { return simulate(names, packages.kind) }
    if let names = packages.simulateRemoval.flatMap({ matches($0, words, "{packages}") }) {
      return CommandResult(status: packages.kind == .dnf ? 1 : 0, output: removal(names, packages.kind))
    }
    if let names = matches(packages.change, words, "{packages}") { return try change(names) }
    if let names = matches(packages.revert, words, "{packages}") { return try change(names, reverting: true) }
    Issue.record("a real program would have been run: \(command)")
    return CommandResult(status: 127)
  }

  /// What stands in a command where its template has a placeholder, at its end.
  private func matches(_ template: [String], _ words: [String], _ placeholder: String) -> [String]? {
    guard template.last == placeholder, words.count >= template.count,
      Array(words.prefix(template.count - 1)) == template.dropLast()
    else { return nil }
    return Array(words.dropFirst(template.count - 1))
  }

  private func list(_ kind: DistroProfile.Packages.Kind) -> String {
    installed.withLock { $0 }.sorted().map { kind == .apt ? "\($0)\t1\tii " : $0 }.joined(separator: "\n")
  }

  private func simulate(_ words: [String], _ kind: DistroProfile.Packages.Kind) -> CommandResult {
    let present = installed.withLock { $0 }
    let removed = kind == .apt ? words.filter { $0.hasSuffix("-") }.map { String($0.dropLast()) } : []
    let new = words.filter { !$0.hasSuffix("-") && !present.contains($0) }
    let text: String =
      switch kind {
      case .apt:
        (new.map { "Inst \($0) (1 X [all])" } + removed.map { "Purg \($0) [1]" }).joined(separator: "\n")
      case .dnf:
        "Dependencies resolved.\n====\n Package Arch Version Repository Size\n====\nInstalling:\n"
          + new.map { " \($0)  x86_64  1-1  updates  9 k\n" }.joined()
          + "\nTransaction Summary\n====\nInstall  \(new.count) Packages\n"
      case .zypper:
        new.isEmpty
          ? "Nothing to do.\n"
          : "The following \(new.count) NEW packages are going to be installed:\n  \(new.joined(separator: " "))\n\n"
      case .pacman: new.map { "+\($0)\n" }.joined()
      case .xbps: new.map { "\($0)-1.0_1 install x86_64 https://mirror/current 9 9\n" }.joined()
      case .apk: new.enumerated().map { "(\($0 + 1)/\(new.count)) Installing \($1) (1.0-r0)\n" }.joined()
      case .emerge: new.map { "[ebuild  N     ] \($0)-1.0-r1  USE=\"-x\"\n" }.joined()
      case .rpmOSTree: "Added:\n" + new.map { "  \($0)-1.0-1.fc43.x86_64\n" }.joined()
      }
    return CommandResult(status: kind == .dnf ? 1 : 0, output: text)
  }

  private func removal(_ names: [String], _ kind: DistroProfile.Packages.Kind) -> String {
    switch kind {
    case .apt: ""
    case .dnf: "Removing:\n" + names.map { " \($0)  x86_64  1-1  @updates  9 k\n" }.joined()
    case .zypper:
      "The following \(names.count) packages are going to be REMOVED:\n  \(names.joined(separator: " "))\n"
    case .pacman: names.map { "-\($0)\n" }.joined()
    case .xbps: names.map { "\($0)-1.0_1 remove x86_64 repo 9\n" }.joined()
    case .apk: names.enumerated().map { "(\($0 + 1)/9) Purging \($1) (1.0-r0)\n" }.joined()
    case .emerge: names.map { " \($0)\n    selected: 1.0\n" }.joined()
    case .rpmOSTree: "Removed:\n" + names.map { "  \($0)-1.0-1.fc43.x86_64\n" }.joined()
    }
  }

  private func change(_ words: [String], reverting: Bool = false) throws -> CommandResult {
    let removes = reverting && profile.packages?.kind != .apt
    for word in words {
      let isRemoved = removes || word.hasSuffix("-")
      let name = word.hasSuffix("-") ? String(word.dropLast()) : word
      installed.withLock { if isRemoved { $0.remove(name) } else { $0.insert(name) } }
      let files =
        name.contains("dracut") && !name.contains("network")
        ? DistroTree.dracut : name.contains("iscsi") ? ["/etc/iscsi/iscsid.conf": "# as packaged\n"] : [:]
      for (path, text) in files {
        if isRemoved { try system.remove(path) } else { try system.write(path, text) }
      }
    }
    if removes || words.contains(where: { $0.hasSuffix("-") }) { try system.removeEmpty(["/etc/iscsi"]) }
    return CommandResult(status: 0)
  }

  private static let listing = """
    dracut modules:
    iscsi
    network
    ======
    -rwxr-xr-x 1 root root 1 Jan 1 1970 usr/sbin/iscsid
    -rwxr-xr-x 1 root root 1 Jan 1 1970 usr/bin/iscsiadm
    -rwxr-xr-x 1 root root 1 Jan 1 1970 usr/bin/mount
    -rw-r--r-- 1 root root 1 Jan 1 1970 usr/lib/modules/6/iscsi_tcp.ko.zst
    ======
    """
}
