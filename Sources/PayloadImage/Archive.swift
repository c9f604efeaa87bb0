/// The content of one initramfs segment, in the order in which it is written.
///
/// Missing parent directories are added with mode 0755, because the kernel creates nothing that has no parent.
public struct Archive: Hashable, Sendable {
  private var members: [String: ArchiveEntry] = [:]

  public init() {}

  /// An archive of `entries`.
  public init(_ entries: some Sequence<ArchiveEntry>) throws(ArchiveError) {
    for entry in entries { try add(entry) }
  }

  /// Every member, parents before children, sorted by the bytes of the path.
  public var entries: [ArchiveEntry] {
    members.values.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }

  /// The member at `path`.
  public subscript(path: String) -> ArchiveEntry? { members[path] }

  /// Adds a member and what is missing of its parent directories.
  ///
  /// A directory may be added again, its permissions are then the last ones given.
  ///
  /// - Throws: `ArchiveError` for a path that is absolute, empty, holds `.` or `..`, or that has another member already.
  public mutating func add(_ entry: ArchiveEntry) throws(ArchiveError) {
    let components = entry.path.split(separator: "/", omittingEmptySubsequences: false)
    guard components.allSatisfy({ !["", ".", ".."].contains($0) && !$0.utf8.contains(0) }) else {
      throw .invalidPath(entry.path)
    }
    var parent = ""
    for component in components.dropLast() {
      parent += (parent.isEmpty ? "" : "/") + component
      switch members[parent]?.content {
      case nil: members[parent] = .directory(parent)
      case .directory: break
      default: throw .notADirectory(parent, wantedBy: entry.path)
      }
    }
    if let present = members[entry.path], present.content != .directory || entry.content != .directory {
      throw .duplicate(entry.path)
    }
    members[entry.path] = entry
  }
}

/// What cannot be put into, or read from, an initramfs archive.
public enum ArchiveError: Error, Hashable, Sendable, CustomStringConvertible {
  case invalidPath(String)
  case duplicate(String)
  case notADirectory(String, wantedBy: String)
  /// The newc format counts in 32 bits.
  case tooLarge(String)
  /// The bytes are no newc archive; `offset` is where the reader gave up.
  case malformed(String, offset: Int)

  public var description: String {
    switch self {
    case .invalidPath(let path):
      "'\(path)' is no path inside an archive: give names below the root, without '.', '..' or double slashes"
    case .duplicate(let path): "'\(path)' is in the archive already"
    case .notADirectory(let path, let child): "'\(path)' is no directory, so '\(child)' cannot be inside it"
    case .tooLarge(let path): "'\(path)' is larger than the 4 GiB that a cpio archive can hold"
    case .malformed(let reason, let offset): "not a newc cpio archive: \(reason) at byte \(offset)"
    }
  }
}
