/// Another program that did the same, and what it leaves on a host. A file in `distro/predecessors`, data only.
public struct Predecessor: Codable, Hashable, Sendable {
  /// As people call it.
  public var name: String
  /// Values of `{name}` in paths and marks.
  public var names: [String]
  /// What it installed, in the order in which it is taken out.
  public var files: [File]
  /// What may be its and is left alone.
  public var stays: [Remainder]

  public struct File: Codable, Hashable, Sendable {
    public var kind: Kind
    public var path: String
    /// A text that is in the file, if it is the predecessor's; nil: the path tells.
    public var mark: String?
  }

  public enum Kind: String, Codable, Hashable, Sendable {
    /// A boot loader entry.
    case entry
    /// A script that GRUB's configuration is generated from.
    case script
    /// Configuration of the network, a link that enables it included.
    case network
    /// Configuration of dracut.
    case dracut
    /// Kernel and initial RAM disk, its configuration with its secrets among them.
    case payload
    case uninstaller
  }

  public struct Remainder: Codable, Hashable, Sendable {
    public var path: String
    /// What someone should know.
    public var note: String
  }

  /// All paths of its files of some kind.
  func paths(_ kind: Kind) -> [String] {
    files.filter { $0.kind == kind }.flatMap { file in names.map { Predecessor.filled(file.path, $0) } }
  }

  static func filled(_ text: String, _ name: String) -> String { text.replacing("{name}", with: name) }
}

/// What was found of a predecessor on a system.
public struct PredecessorFacts: Codable, Hashable, Sendable {
  public struct File: Codable, Hashable, Sendable {
    public var kind: Predecessor.Kind
    public var path: String
  }

  public var name: String
  /// In the order in which they are taken out.
  public var files: [File]
  /// Scripts whose output is in GRUB's configuration, whether they are there or not.
  public var menuSections: [String]
  public var stays: [Predecessor.Remainder]

  /// Whether one of its boot loader entries is in the directory `entries`, under the file name `name`.
  func isEntry(_ name: String) -> Bool {
    files.contains { $0.kind == .entry && Files.name($0.path) == name }
  }

  /// What is left alone even when the rest is taken out. Without its configuration of dracut, images that can boot over
  /// iSCSI would become ones that cannot; where ours takes its place, that does the same.
  func left(with mode: InstallOptions.InitramfsMode) -> [File] {
    mode == .switch ? [] : files.filter { $0.kind == .dracut }
  }

  /// Whether there is anything to take out.
  func isReplaceable(with mode: InstallOptions.InitramfsMode) -> Bool {
    files.count > left(with: mode).count || !menuSections.isEmpty
  }

  func has(_ kind: Predecessor.Kind) -> Bool { files.contains { $0.kind == kind } }

  /// Where one sees it: the files, and the section in the configuration of GRUB.
  func places(_ grub: GRUBFacts?) -> [String] {
    files.map(\.path) + (menuSections.isEmpty ? [] : [grub?.configuration ?? ""])
  }
}

/// Looks for a predecessor. Reads only.
struct PredecessorProbe {
  let root: HostRoot
  let predecessor: Predecessor

  /// - Parameter configuration: path of GRUB's configuration; nil where there is none.
  /// - Returns: nil where nothing of it is left.
  func facts(configuration: String?) -> PredecessorFacts? {
    var files: [PredecessorFacts.File] = []
    for file in predecessor.files {
      for name in predecessor.names {
        let path = Predecessor.filled(file.path, name)
        // A path without a name in it is the same for all of them.
        guard !files.contains(where: { $0.path == path }),
          isThere(path, mark: file.mark.map { Predecessor.filled($0, name) })
        else { continue }
        files.append(PredecessorFacts.File(kind: file.kind, path: path))
      }
    }
    let menu = configuration.flatMap { Files.text(root.resolve($0)) } ?? ""
    let sections = predecessor.paths(.script).filter { menu.contains(GRUBSection($0).begin) }
    guard !files.isEmpty || !sections.isEmpty else { return nil }
    return PredecessorFacts(
      name: predecessor.name, files: files, menuSections: sections, stays: remainders)
  }

  private var remainders: [Predecessor.Remainder] {
    predecessor.stays.flatMap { remainder in
      Set(predecessor.names.map { Predecessor.filled(remainder.path, $0) }).sorted()
        .filter { Files.exists(root.resolve($0)) }
        .map { Predecessor.Remainder(path: $0, note: remainder.note) }
    }
  }

  /// A link may lead to nothing: then its name tells.
  private func isThere(_ path: String, mark: String?) -> Bool {
    let real = root.resolve(path, followLast: false)
    guard (try? Files.status(real)) ?? nil != nil, !Files.isDirectory(real) else { return false }
    guard let mark else { return true }
    return Files.text(root.resolve(path))?.contains(mark) == true
  }
}
