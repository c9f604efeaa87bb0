import FoundationEssentials
import Linux

/// The profiles that came with the program.
public struct ProfileDirectory: Sendable {
  public let profiles: [DistroProfile]

  /// Scripts for when kernels come and go, in `hooks/`, by name.
  public let hooks: [String: String]

  public init(_ profiles: [DistroProfile], hooks: [String: String] = [:]) {
    self.profiles = profiles
    self.hooks = hooks
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
  }

  /// The profile for a system: one whose `ID` fits, else one whose `ID_LIKE` fits; those that ask for a file first.
  public func profile(for release: OSRelease, root: HostRoot) -> DistroProfile? {
    let possible = profiles.filter { profile in
      profile.match.file.map { Files.exists(root.resolve($0)) } ?? true
    }.sorted { ($0.match.file != nil ? 0 : 1) < ($1.match.file != nil ? 0 : 1) }
    if let exact = possible.first(where: { $0.match.ids.contains(release.id) }) { return exact }
    for like in release.idLike {
      if let similar = possible.first(where: { $0.match.idsLike.contains(like) }) { return similar }
    }
    return nil
  }

  private static func read(_ path: String) throws -> DistroProfile {
    let decoder = JSONDecoder()
    decoder.allowsJSON5 = true
    do {
      let data = try Data(Files.read(path))
      let profile = try decoder.decode(DistroProfile.self, from: data)
      let written = try decoder.decode(KeyTree.self, from: data)
      let understood = try decoder.decode(KeyTree.self, from: JSONEncoder().encode(profile))
      if let unknown = written.firstKey(missingIn: understood) {
        throw ProfileError(file: path, reason: "the key '\(unknown)' means nothing")
      }
      return profile
    } catch let error as ProfileError {
      throw error
    } catch {
      throw ProfileError(file: path, reason: "\(error)")
    }
  }
}

/// A profile that cannot be used.
public struct ProfileError: Error, Hashable, Sendable, CustomStringConvertible {
  public let file: String
  public let reason: String
  public var description: String { "the distro profile \(file) is wrong: \(reason)" }
}

/// The keys of a JSON document, to find those that a type does not know.
private indirect enum KeyTree: Decodable {
  case object([String: KeyTree])
  case other

  init(from decoder: any Decoder) throws {
    if let members = try? decoder.singleValueContainer().decode([String: KeyTree].self) {
      self = .object(members)
    } else {
      self = .other
    }
  }

  func firstKey(missingIn known: KeyTree) -> String? {
    guard case .object(let members) = self else { return nil }
    guard case .object(let others) = known else { return members.keys.min() }
    for (key, value) in members.sorted(by: { $0.key < $1.key }) {
      guard let other = others[key] else { return key }
      if let missing = value.firstKey(missingIn: other) { return "\(key).\(missing)" }
    }
    return nil
  }
}
