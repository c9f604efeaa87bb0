import SystemPackage

/// The packages of a recipe, unpacked where they can be read and nowhere else.
struct PackageSet {
  /// Roots of the packages that `files.list` takes from, by name.
  var files: [String: FilePath] = [:]
  /// Root that holds `boot/` and the modules, where a kernel was asked for.
  var kernelRoot: FilePath?
  /// Roots of firmware packages.
  var firmware: [FilePath] = []
  /// Packages whose content goes into `modules.img`, for their licences.
  var licensed: [String: FilePath] = [:]
  var records: [Manifest.Package] = []
  var notes: [String] = []

  /// Fetches what `recipe` names from the best suite that can be had, and unpacks it below `work`.
  ///
  /// - Throws: `PayloadError.unavailable` with the reason of each suite.
  static func fetch(
    _ recipe: Recipe, wantsKernel: Bool, suite: String?, cache: FilePath, work: FilePath,
    progress: @Sendable (String) -> Void
  ) async throws -> PackageSet {
    let host = try HostSystem.current()
    guard await Tool.exists("apt-get") else {
      return try installed(recipe, wantsKernel: wantsKernel, on: host)
    }
    var suites = suite.map { [$0] } ?? []
    if suites.isEmpty {
      if host.distribution == "debian" { suites = recipe.suites }
      if !host.codename.isEmpty, !suites.contains(host.codename) { suites.append(host.codename) }
    }
    var refusals: [String] = []
    for suite in suites {
      do {
        progress("package lists of \(suite)")
        let repository = try await AptRepository(suite: suite, host: host, cache: cache)
        if let warning = try await repository.update() { progress(warning) }
        var set = PackageSet()
        set.notes = refusals
        for package in recipe.packages where wantsKernel || package.role != .kernel {
          try await set.add(package, from: repository, work: work, progress: progress)
        }
        return set
      } catch let error as PayloadError {
        progress("\(suite) cannot be used")
        refusals.append("\(suite) cannot be used: \(error)")
      }
    }
    throw PayloadError.unavailable(
      "no suite has what the payload needs\n\(refusals.joined(separator: "\n"))\n"
        + "check the package sources with 'apt-get update', or name a suite with --suite")
  }

  private mutating func add(
    _ package: Recipe.Package, from repository: AptRepository, work: FilePath,
    progress: @Sendable (String) -> Void
  ) async throws {
    guard let record = try await repository.record(of: package.name) else {
      guard package.role == .firmware else {
        throw PayloadError.unavailable("\(repository.suite) has no package \(package.name)")
      }
      notes.append("firmware package \(package.name) is not in reach of apt")
      return
    }
    // A metapackage holds nothing: it depends on the package with the kernel, by exact version.
    var pending = [record]
    var fetched: Set<String> = []
    let root = work.appending("packages").appending(package.name)
    while let record = pending.popLast() {
      guard fetched.insert(record.name).inserted else { continue }
      progress("\(record.name) \(record.version)")
      try await repository.unpack(record, into: root)
      records.append(
        Manifest.Package(
          name: record.name, version: record.version, architecture: record.architecture, sha256: record.sha256
        ))
      if package.role != .files { licensed[record.name] = root }
      guard package.role == .kernel else { continue }
      for name in record.dependencyNames
      where name.hasPrefix("linux-image-") || name.hasPrefix("linux-modules-") {
        guard let dependency = try await repository.record(of: name) else {
          throw PayloadError.unavailable("\(repository.suite) has no package \(name)")
        }
        pending.append(dependency)
      }
    }
    switch package.role {
    case .kernel: kernelRoot = root
    case .files: files[package.name] = root
    case .firmware: firmware.append(root)
    }
  }

  /// Without apt, the files have to be there already, at the paths at which Debian's packages have them.
  private static func installed(_ recipe: Recipe, wantsKernel: Bool, on host: HostSystem) throws -> PackageSet
  {
    guard !wantsKernel else {
      throw PayloadError.unavailable(
        "apt-get is needed to fetch a kernel and is not on this \(host.distribution) system: use --kernel host"
      )
    }
    var set = PackageSet()
    for package in recipe.packages where package.role == .files { set.files[package.name] = "/" }
    set.notes = ["built without apt, from what \(host.distribution) has installed"]
    return set
  }
}

extension AptRepository.Record {
  /// Names of the packages that this one depends on; of alternatives the first.
  var dependencyNames: [String] {
    dependencies.split(separator: ",").compactMap {
      $0.split(whereSeparator: { " (|:\n".contains($0) }).first.map(String.init)
    }
  }
}
