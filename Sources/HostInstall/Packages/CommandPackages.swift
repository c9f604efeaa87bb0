/// A package manager that is driven by the commands of a distro profile. Only what they print differs in code, see
/// `SimulationText`.
struct CommandPackages: PackageManager {
  let names: DistroProfile.Packages
  let runner: any CommandRunner

  func installed() async throws -> Set<String> {
    Set(try await run(names.list).output.split(separator: "\n").compactMap(CommandPackages.installedName))
  }

  func manual() async throws -> Set<String> {
    Set(try await run(names.listManual).output.split(separator: "\n").map(String.init))
  }

  func refresh() async throws { try await run(names.refresh) }

  func simulate(install: [String], remove: [String]) async throws -> PackageSimulation {
    guard !takesBothAtOnce else {
      return try await simulate(names.simulate, CommandPackages.words(install, remove))
    }
    var result = PackageSimulation()
    if !install.isEmpty {
      result = try await simulate(names.simulate, install)
      // Some do not tell what is new from what gets another version: nothing that was there may be removed later.
      let present = try await installed()
      result.upgraded += result.added.filter(present.contains)
      result.added.removeAll(where: present.contains)
      // rpm-ostree removes only what was asked for, and what that needed goes by itself.
      if names.kind == .rpmOSTree { result.added.removeAll { !install.contains($0) } }
    }
    if !remove.isEmpty {
      guard let template = names.simulateRemoval else { throw CannotSimulateRemoval() }
      result.removed += try await simulate(template, remove).removed
    }
    return result
  }

  func change(install: [String], remove: [String]) async throws {
    try await run(names.change, packages: CommandPackages.words(install, remove))
  }

  func revert(install: [String], remove: [String]) async throws {
    if takesBothAtOnce {
      try await run(names.revert, packages: CommandPackages.words(install, remove))
      return
    }
    if !install.isEmpty { try await run(names.change, packages: install) }
    if !remove.isEmpty { try await run(names.revert, packages: remove) }
  }

  func download(_ packages: [String], to directory: String) async throws {
    guard !names.download.isEmpty else { return }
    _ = try await runner.run(
      Command.filled(
        names.download, ["packages": packages, "directory": [directory]], environment: names.environment))
  }

  func markManual(_ packages: [String]) async throws {
    if !packages.isEmpty { try await run(names.markManual, packages: packages) }
  }

  func unfinished() async throws -> String {
    guard let audit = names.audit else { return "" }
    return try await run(audit).output
  }

  func repair() async throws { try await run(names.repair) }

  /// Whether one command installs some packages and removes others: else a command of its own removes.
  private var takesBothAtOnce: Bool { names.kind == .apt }

  /// apt-get takes a minus at the end of a name as the wish to remove it.
  private static func words(_ install: [String], _ remove: [String]) -> [String] {
    install + remove.map { $0 + "-" }
  }

  /// A line of the list: the name and, tab-separated, version and dpkg's state, whose second letter says i(nstalled)
  /// or half way there.
  private static func installedName(_ line: Substring) -> String? {
    let fields = line.split(separator: "\t")
    guard fields.count >= 3 else { return fields.first.map(String.init) }
    guard let state = fields[2].dropFirst().first, "iUFHWt".contains(state) else { return nil }
    return String(fields[0])
  }

  private func simulate(_ template: [String], _ packages: [String]) async throws -> PackageSimulation {
    let command = Command.filled(template, ["packages": packages], environment: names.environment)
    let result = try await runner.run(command)
    let simulation = SimulationText.parse(result.output, names.kind)
    // dnf answers its own question with no, and calls that a failure.
    let isAnswer = names.kind == .dnf && result.status == 1 && simulation != PackageSimulation()
    guard result.status == 0 || isAnswer else { throw CommandFailure(command: command, result: result) }
    return simulation
  }

  /// An empty command stands for something that this package manager needs not, or has not.
  @discardableResult
  private func run(_ template: [String], packages: [String] = []) async throws -> CommandResult {
    guard !template.isEmpty else { return CommandResult(status: 0) }
    return try await runner.succeed(
      Command.filled(template, ["packages": packages], environment: names.environment))
  }
}

/// The profile has no command that says what removing packages would take along.
struct CannotSimulateRemoval: Error, CustomStringConvertible {
  var description: String { "it cannot be known beforehand what else would be removed" }
}
