import FoundationEssentials
import Linux
import Subprocess
import SystemPackage

/// A package archive reached with apt, with state of its own: the host's lists, cache and packages are not touched.
///
/// apt verifies the archive's signature, and by it every package; nothing here switches that off.
struct AptRepository {
  /// What apt knows of a package.
  struct Record {
    var name: String
    var version: String
    var architecture: String
    var sha256: String
    var dependencies: String
  }

  let suite: String
  private let directory: FilePath

  /// Writes a configuration for `suite` below `cache`, from the host's own.
  ///
  /// - Throws: `PayloadError.unavailable` where the host has no source to take for a model.
  init(suite: String, host: HostSystem, cache: FilePath) async throws {
    self.suite = suite
    // apt takes relative paths of its configuration for relative to each other.
    let here = FilePath(FileManager.default.currentDirectoryPath)
    directory = here.pushing(cache).appending("apt-\(suite)").lexicallyNormalized()
    for name in ["lists/partial", "archives/partial", "sources", "packages"] {
      try Files.makeDirectory(directory.appending(name))
    }
    let sources = try Self.hostSources().retargeted(from: host.codename, of: host.distribution, to: suite)
    guard !sources.isEmpty else {
      throw PayloadError.unavailable(
        "no package source of \(host.distribution) with component 'main' in /etc/apt/sources.list*: "
          + "add one, or build on a system that has one")
    }
    try Files.replace(
      directory.appending("sources/archive.sources"), permissions: 0o644,
      with: Array(sources.map(\.stanza).joined(separator: "\n").utf8))
    try Files.replace(directory.appending("status"), permissions: 0o644, with: [])
    try await Files.replace(
      directory.appending("apt.conf"), permissions: 0o644, with: Array(configuration().utf8))
  }

  private static func hostSources() throws -> AptSources {
    var sources = AptSources()
    let list: FilePath = "/etc/apt/sources.list"
    if Files.exists(list) { sources.add(oneLineFormat: try Files.text(list)) }
    let parts: FilePath = "/etc/apt/sources.list.d"
    for name in Files.exists(parts) ? try directoryEntries(parts.string) : [] {
      let text = try Files.text(parts.appending(name))
      if name.hasSuffix(".list") { sources.add(oneLineFormat: text) }
      if name.hasSuffix(".sources") { sources.add(deb822: text) }
    }
    return sources
  }

  /// The host's way to its mirror (proxies, time-outs, certificates), and our own places for everything else.
  private func configuration() async throws -> String {
    let host = try await Tool.run("apt-config", ["dump"]).text.split(separator: "\n").filter {
      $0.hasPrefix("Acquire::") && !$0.hasPrefix("Acquire::IndexTargets") && !$0.contains("Insecure")
        && !$0.contains("AllowWeak") && !$0.hasPrefix("Acquire::Languages")
    }
    return
      (host + [
        #"Acquire::Languages "none";"#,
        #"APT::Get::AllowUnauthenticated "false";"#,
        #"Dir::Etc::main "/dev/null";"#,
        #"Dir::Etc::parts "/dev/null";"#,
        #"Dir::Etc::preferences "/dev/null";"#,
        #"Dir::Etc::preferencesparts "/dev/null";"#,
        #"Dir::Etc::sourcelist "/dev/null";"#,
        #"Dir::Etc::sourceparts "\#(directory)/sources";"#,
        #"Dir::State "\#(directory)";"#,
        #"Dir::State::lists "\#(directory)/lists";"#,
        #"Dir::State::status "\#(directory)/status";"#,
        #"Dir::Cache "\#(directory)";"#,
        #"Dir::Cache::archives "\#(directory)/archives";"#,
      ]).joined(separator: "\n") + "\n"
  }

  private func apt(_ tool: String, _ arguments: [String], directory: FilePath? = nil) async throws -> String {
    try await Tool.run(
      tool, ["-q"] + arguments, directory: directory,
      environment: ["APT_CONFIG": self.directory.appending("apt.conf").string]
    ).text
  }

  /// Fetches the lists of the suite and checks their signature.
  ///
  /// - Returns: nil, or why the lists of an earlier run have to do.
  /// - Throws: `PayloadError` where there are none either.
  func update() async throws -> String? {
    do {
      _ = try await apt("apt-get", ["update", "--error-on=any"])
      try Files.replace(directory.appending("updated"), permissions: 0o644, with: [])
      return nil
    } catch let error as PayloadError {
      guard case .toolFailed = error, Files.exists(directory.appending("updated")) else { throw error }
      return "apt-get update failed, using the lists of an earlier run: \(error)"
    }
  }

  /// What apt would install for `name`; nil where the suite has no such package.
  func record(of name: String) async throws -> Record? {
    guard let text = try? await apt("apt-cache", ["show", "--no-all-versions", name]),
      let fields = Deb822.stanzas(text).first, let version = fields["version"],
      let architecture = fields["architecture"], let sha256 = fields["sha256"]
    else { return nil }
    return Record(
      name: name, version: version, architecture: architecture, sha256: sha256,
      dependencies: fields["depends"] ?? "")
  }

  /// Unpacks a package into `root`, from the cache if it is there, else from the archive. Nothing of it is run.
  func unpack(_ package: Record, into root: FilePath) async throws {
    let cached = directory.appending("packages").appending(package.sha256 + ".deb")
    if (try? Manifest.File(describing: Files.read(cached), name: ""))?.sha256 != package.sha256 {
      let fresh = directory.appending("packages/fetch")
      try Files.removeTree(fresh)
      try Files.makeDirectory(fresh)
      _ = try await apt("apt-get", ["download", "\(package.name)=\(package.version)"], directory: fresh)
      guard let name = try directoryEntries(fresh.string).first(where: { $0.hasSuffix(".deb") }) else {
        throw PayloadError.unavailable("apt-get download \(package.name) brought no package")
      }
      try Files.rename(fresh.appending(name), to: cached)
      try Files.removeTree(fresh)
      guard try Manifest.File(describing: Files.read(cached), name: "").sha256 == package.sha256 else {
        try Files.removeTree(cached)
        throw PayloadError.unavailable(
          "\(package.name) \(package.version) is not what the archive's index says")
      }
    }
    try Files.makeDirectory(root)
    try await Tool.run("dpkg-deb", ["-x", cached.string, root.string])
  }
}
