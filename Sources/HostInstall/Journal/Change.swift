/// One change to the system, as the journal knows it: enough to take it back.
public struct Change: Codable, Hashable, Sendable {
  /// Unique in the journal, ascending.
  public var id: Int
  /// Identifier of the step that it belongs to.
  public var step: String
  public var action: Action

  public enum Action: Codable, Hashable, Sendable {
    case file(FileChange)
    /// A directory that did not exist.
    case directory(path: String)
    case packages(PackageChange)
    /// A variable of the firmware.
    case variable(VariableChange)
  }
}

/// A file or link is made, replaced or removed.
public struct FileChange: Codable, Hashable, Sendable {
  /// Path in the system.
  public var path: String
  public var before: FileImage
  /// What it becomes; known before it is done, because content is only ever moved into place whole.
  public var after: FileImage
  public var ownership: Ownership

  /// Whether the path itself is a link, or was: then it is not followed.
  var isLink: Bool { before.kind == .symlink || after.kind == .symlink }
}

/// Whose a file is: decides what happens when it was changed since we wrote it.
public enum Ownership: String, Codable, Hashable, Sendable {
  /// Made by us: a changed one is kept, and reported.
  case whole
  /// Someone's file with a marked block of ours: only the block is taken out of a changed one.
  case block
  /// GRUB's environment block, in which we chose the next boot's entry: GRUB itself and others write it, too.
  case environment
  /// The system's own, exchanged by us: one that the system has exchanged again is the system's.
  case replaced
}

/// Packages are installed or removed, and with them whatever their scripts do.
public struct PackageChange: Codable, Hashable, Sendable {
  /// Packages that were not there.
  public var added: [String]
  /// Packages that were there.
  public var removed: [String]
  /// Of those removed the ones that the user had asked for.
  public var removedManual: [String]
  /// Package files kept to bring the removed ones back without a network, as paths in the system.
  public var archives: [String]
  /// What the added packages leave behind when they are purged, and was not there before.
  public var leftovers: Leftovers
  /// Files that the packages' scripts may change.
  public var tree: TreeChange
}

/// What changed below some directories while other programs were at work.
public struct TreeChange: Codable, Hashable, Sendable {
  /// The state before, by path; once `after` is known only what differs.
  public var before: [String: FileImage]
  /// The state after; nil when the run was interrupted before it was taken.
  public var after: [String: FileImage]?
}
