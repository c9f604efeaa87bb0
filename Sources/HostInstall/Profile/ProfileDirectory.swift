import FoundationEssentials
import Linux

/// The profiles that came with the program.
public struct ProfileDirectory: Sendable {
  public let profiles: [DistroProfile]

  /// Scripts for when kernels come and go, in `hooks/`, by name.
  public let hooks: [String: String]

  /// What the shell version of the ramdisk leaves on a host, in `predecessors/`; nil: it is not looked for.
  public let predecessor: Predecessor?

  public init(
    _ profiles: [DistroProfile], hooks: [String: String] = [:], predecessor: Predecessor? = nil
  ) {
    self.profiles = profiles
    self.hooks = hooks
    self.predecessor = predecessor
  }

  /// Reads every `*.json5` in a directory.
  ///
  /// - Throws: `ProfileError` naming the file that is wrong.
  public init(path: String) throws {
    let names = try Files.list(path).filter { $0.hasSuffix(".json5") }
    guard !names.isEmpty else { throw ProfileError(file: path, reason: "there is no profile in it") }
    profiles = try names.map { try ProfileDirectory.read("\(path)/\($0)") }
    hooks = Dictionary(
      uniqueKeysWithValues: try Files.list(path + "/hooks").compactMap { name in
        Files.text("\(path)/hooks/\(name)").map { (name, $0) }
      })
    let known = path + "/predecessors/shell-version.json5"
    predecessor = Files.exists(known) ? try ProfileDirectory.read(known) : nil
  }

  /// The profile for a system: one whose `ID` fits, else one whose `ID_LIKE` fits, else one whose programs are
  /// there; those that ask for a file first.
  public func profile(for release: OSRelease, root: HostRoot) -> DistroProfile? {
    let possible = profiles.filter { profile in
      profile.match.file.map { Files.exists(root.resolve($0)) } ?? true
    }.sorted { ($0.match.file != nil ? 0 : 1) < ($1.match.file != nil ? 0 : 1) }
    if let exact = possible.first(where: { $0.match.ids.contains(release.id) }) { return exact }
    for like in release.idLike {
      if let similar = possible.first(where: { $0.match.idsLike.contains(like) }) { return similar }
    }
    // One that nobody wrote a profile for, and whose tools are known all the same.
    return possible.first { profile in
      profile.match.programs?.allSatisfy { Files.exists(root.resolve($0)) } ?? false
    }
  }

  /// A profile that has `extends` is another one with some things changed.
  private static func read<Content: Codable>(_ path: String) throws -> Content {
    do {
      let document = try document(path)
      let data = try JSONEncoder().encode(document)
      let profile = try JSONDecoder().decode(Content.self, from: data)
      let understood = try JSONDecoder().decode(
        ProfileDocument.self, from: JSONEncoder().encode(profile))
      if let unknown = document.firstKey(missingIn: understood) {
        throw ProfileError(file: path, reason: "the key '\(unknown)' means nothing")
      }
      return profile
    } catch let error as ProfileError {
      throw error
    } catch {
      throw ProfileError(file: path, reason: "\(error)")
    }
  }

  private static func document(_ path: String, depth: Int = 0) throws -> ProfileDocument {
    let decoder = JSONDecoder()
    decoder.allowsJSON5 = true
    let own = try decoder.decode(ProfileDocument.self, from: Data(Files.read(path)))
    guard let base = own.text("extends") else { return own }
    guard depth < 4 else { throw ProfileError(file: path, reason: "it extends itself") }
    let inherited = try document("\(Files.parent(path))/\(base).json5", depth: depth + 1)
    return inherited.overridden(by: own).overridden(by: .object(["extends": .null]))
  }
}

/// A profile that cannot be used.
public struct ProfileError: Error, Hashable, Sendable, CustomStringConvertible {
  public let file: String
  public let reason: String
  public var description: String { "the distro profile \(file) is wrong: \(reason)" }
}
