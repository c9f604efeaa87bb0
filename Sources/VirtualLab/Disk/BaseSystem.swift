/// A Debian system as a tar archive, made once with mmdebstrap and kept in a cache.
enum BaseSystem {
  /// The archive's path; made first where the cache does not hold it (about a minute, and 150 MB to fetch).
  ///
  /// - Parameters:
  ///   - packages: what it has besides Debian's smallest system.
  ///   - cache: directory; made where it does not exist.
  static func archive(
    _ release: DebianRelease, packages: [String], cache: String
  ) async throws -> String {
    // The name tells the content, so that another list of packages makes another archive.
    let digest = try await HostCommand(["sha256sum"]).run(input: packages.joined(separator: " "))
    let archive = "\(cache)/debian-\(release.rawValue)-\(digest.prefix(12)).tar"
    if HostFile.exists(archive) { return archive }

    try await HostCommand(["mkdir", "-p", cache]).run()
    let partial = "\(archive).partial"
    let sources = try await release.sources()
    do {
      try await HostCommand(
        [
          "nice", "mmdebstrap", "--variant=minbase",
          "--include=\(packages.joined(separator: ","))",
          "--aptopt=Acquire::Languages \"none\"", "--format=tar", release.rawValue, partial,
        ] + (sources.isEmpty ? [] : ["-"])
      ).run(input: sources.joined(separator: "\n") + "\n")
      try await HostCommand(["mv", partial, archive]).run()
    } catch {
      await Task { _ = try? await HostCommand(["rm", "-f", partial]).run() }.value
      throw error
    }
    return archive
  }
}
