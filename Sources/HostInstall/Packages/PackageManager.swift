/// What a package manager would do, or did.
public struct PackageSimulation: Codable, Hashable, Sendable {
  /// Packages that would be new.
  public var added: [String] = []
  /// Packages that would get another version.
  public var upgraded: [String] = []
  public var removed: [String] = []
}

/// The package manager of the system.
public protocol PackageManager: Sendable {
  /// Names of the packages that are installed.
  func installed() async throws -> Set<String>
  /// Names of the packages that the user asked for.
  func manual() async throws -> Set<String>
  /// Fetches the package lists.
  func refresh() async throws
  /// What `change` would do.
  func simulate(install: [String], remove: [String]) async throws -> PackageSimulation
  /// Installs and removes packages; configuration files of those removed stay.
  func change(install: [String], remove: [String]) async throws
  /// Installs and removes packages; those removed take their configuration files along.
  func revert(install: [String], remove: [String]) async throws
  /// Fetches package files into a directory of the system; those that cannot be had are left out.
  func download(_ packages: [String], to directory: String) async throws
  /// Marks packages as asked for by the user.
  func markManual(_ packages: [String]) async throws
  /// What earlier runs left half installed, in the package manager's words; empty: nothing.
  func unfinished() async throws -> String
  /// Finishes what was interrupted.
  func repair() async throws
}

extension DistroProfile.Packages {
  func manager(_ runner: any CommandRunner) -> any PackageManager {
    CommandPackages(names: self, runner: runner)
  }
}
