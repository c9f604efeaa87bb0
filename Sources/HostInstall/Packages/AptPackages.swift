/// apt and dpkg.
struct AptPackages: PackageManager {
  let names: DistroProfile.Packages
  let runner: any CommandRunner

  func installed() async throws -> Set<String> {
    let lines = try await run(names.list).output.split(separator: "\n")
    return Set(
      lines.compactMap { line in
        let fields = line.split(separator: "\t")
        // The second letter of the state: i(nstalled), or half way there.
        guard fields.count >= 3, let state = fields[2].dropFirst().first, "iUFHWt".contains(state) else {
          return nil
        }
        return String(fields[0])
      })
  }

  func manual() async throws -> Set<String> {
    Set(try await run(names.listManual).output.split(separator: "\n").map(String.init))
  }

  func refresh() async throws { try await run(names.refresh) }

  func simulate(install: [String], remove: [String]) async throws -> PackageSimulation {
    AptPackages.parse(try await run(names.simulate, packages: AptPackages.words(install, remove)).output)
  }

  func change(install: [String], remove: [String]) async throws {
    try await run(names.change, packages: AptPackages.words(install, remove))
  }

  func revert(install: [String], remove: [String]) async throws {
    try await run(names.revert, packages: AptPackages.words(install, remove))
  }

  func download(_ packages: [String], to directory: String) async throws {
    _ = try await runner.run(
      Command.filled(
        names.download, ["packages": packages, "directory": [directory]], environment: names.environment))
  }

  func markManual(_ packages: [String]) async throws {
    if !packages.isEmpty { try await run(names.markManual, packages: packages) }
  }

  func repair() async throws { try await run(names.repair) }

  /// apt-get takes a minus at the end of a name as the wish to remove it.
  private static func words(_ install: [String], _ remove: [String]) -> [String] {
    install + remove.map { $0 + "-" }
  }

  /// `Inst NAME (NEW …)`, `Inst NAME [OLD] (NEW …)`, `Remv NAME [OLD]`, `Purg NAME [OLD]`; `Conf` says nothing new.
  static func parse(_ text: String) -> PackageSimulation {
    var result = PackageSimulation()
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count >= 2 else { continue }
      let name = String(words[1])
      switch words[0] {
      case "Inst" where words.count > 2 && words[2].hasPrefix("["): result.upgraded.append(name)
      case "Inst": result.added.append(name)
      case "Remv", "Purg": result.removed.append(name)
      default: break
      }
    }
    // A package may be both removed and installed again when its architecture changes.
    result.removed.removeAll { result.added.contains($0) }
    return result
  }

  @discardableResult
  private func run(_ template: [String], packages: [String] = []) async throws -> CommandResult {
    try await runner.succeed(
      Command.filled(template, ["packages": packages], environment: names.environment))
  }
}
