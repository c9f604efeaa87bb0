import Cryptography
import FoundationEssentials
import Glibc
import Linux

/// The record of everything that was changed, in `/var/lib/ramdisk-install`: `journal.jsonl`, one entry a line, and
/// `before/`, the content of files as they were, named by SHA-256.
///
/// An entry is on the disk before what it announces is done. A last line without its end was never acted on.
public final class Journal {
  public static let directory = "/var/lib/ramdisk-install"

  /// The directory on this machine.
  let path: String
  public private(set) var state: JournalState
  private var file: OwnedDescriptor
  /// Held as long as the journal is open: one run at a time.
  private let lock: OwnedDescriptor

  private var journalPath: String { path + "/journal.jsonl" }
  private var contentPath: String { path + "/before" }

  /// Whether there is a journal: whether anything was ever installed or begun.
  public static func exists(in root: HostRoot) -> Bool {
    Files.exists(root.resolve(directory) + "/journal.jsonl")
  }

  /// What the journal says, without opening it for writing.
  public static func read(in root: HostRoot) throws -> JournalState {
    let path = root.resolve(directory) + "/journal.jsonl"
    guard try Files.status(path) != nil else { return JournalState([]) }
    return try JournalState(decode(Files.read(path), path: path).entries)
  }

  /// Opens the journal, made if need be, and locks it.
  ///
  /// - Throws: `JournalError.locked` while another run holds it.
  public init(root: HostRoot) throws {
    path = root.resolve(Journal.directory)
    lock = try Journal.lock(path)
    if try Files.status(path + "/before") == nil {
      try syscall("make the directory \(path)/before") { [path] in mkdir(path + "/before", 0o700) }
    }
    let journal = path + "/journal.jsonl"
    var entries: [JournalEntry] = []
    var validLength = 0
    if try Files.status(journal) != nil {
      (entries, validLength) = try Journal.decode(Files.read(journal), path: journal)
    }
    file = try OwnedDescriptor(path: journal, flags: O_WRONLY | O_CREAT | O_APPEND)
    state = JournalState(entries)
    // The half-written line of a killed run would make the next one unreadable.
    try syscall("shorten \(journal)") { truncate(journal, off_t(validLength)) }
    try AtomicFile.flushDirectory(path)
    try AtomicFile.flushDirectory(Files.parent(path))
  }

  /// Appends an entry; it is on the disk when this returns.
  public func append(_ entry: JournalEntry) throws {
    let line = try [UInt8](JSONEncoder().encode(entry)) + [UInt8(ascii: "\n")]
    var before = stat()
    try syscall("look at \(journalPath)") { fstat(file.number, &before) }
    do {
      try Linux.writeAll(file.number, line, to: journalPath)
      try syscall("flush \(journalPath)") { fsync(file.number) }
    } catch {
      // The way back writes on: half a line must not stand before its entries.
      ftruncate(file.number, before.st_size)
      throw error
    }
    state.apply(entry)
  }

  /// Makes sure that the system is still there: a file that is missing because its disk was detached was not removed.
  ///
  /// - Throws: `JournalError.gone`.
  func requireReachable() throws {
    var held = stat()
    try syscall("look at \(path)") { fstat(lock.number, &held) }
    guard try Files.status(path)?.st_ino == held.st_ino else { throw JournalError.gone(path) }
  }

  /// Keeps the content of a file. `flush()` makes it permanent.
  func keep(_ source: String, digest: String) throws {
    if try holds(digest) { return }
    try AtomicFile.copy(source, to: content(digest), AtomicFile.Metadata(mode: 0o600), flushed: false)
  }

  /// Whether the content with this digest is kept, whole: of a run that lost its power before `flush()` there may be a
  /// file of that name with less in it.
  func holds(_ digest: String) throws -> Bool {
    guard try Files.status(content(digest)) != nil else { return false }
    // One that cannot be read is not kept either.
    return (try? FileImage.digest(of: content(digest))) == digest
  }

  /// Makes the directory for package files that are kept.
  ///
  /// - Returns: its path in the system.
  func makePackageDirectory() throws -> String {
    if !Files.isDirectory(path + "/packages") {
      try syscall("make the directory \(path)/packages") { mkdir(path + "/packages", 0o700) }
    }
    return Journal.directory + "/packages"
  }

  /// Makes everything kept so far permanent.
  func flush() throws {
    try flushFileSystem(of: contentPath)
  }

  /// Where the content with this digest is kept.
  func content(_ digest: String) -> String { "\(contentPath)/\(digest)" }

  /// Ends the operation: forgets content that no standing change needs, and the changes in between of files that were
  /// changed several times.
  func end() throws {
    try append(.ended)
    let condensed = JournalCondenser.condense(state)
    let lines = try condensed.map { try [UInt8](JSONEncoder().encode($0)) + [UInt8(ascii: "\n")] }
    try AtomicFile.write(lines.flatMap { $0 }, to: journalPath, AtomicFile.Metadata(mode: 0o600))
    file = try OwnedDescriptor(path: journalPath, flags: O_WRONLY | O_APPEND)
    state = JournalState(condensed)
    let needed = JournalCondenser.digests(state)
    for name in try Files.list(contentPath) where !needed.contains(name) {
      try AtomicFile.remove("\(contentPath)/\(name)")
    }
  }

  /// Removes the whole record, once nothing of ours is left.
  func erase() throws {
    try syscall("remove \(journalPath)") { unlink(journalPath) }
    for directory in [contentPath, path + "/packages", path] where Files.isDirectory(directory) {
      for name in try Files.list(directory) where !Files.isDirectory("\(directory)/\(name)") {
        try AtomicFile.remove("\(directory)/\(name)")
      }
      try syscall("remove the directory \(directory)") { rmdir(directory) }
    }
    try AtomicFile.flushDirectory(Files.parent(path))
  }

  private static func lock(_ path: String) throws -> OwnedDescriptor {
    if mkdir(path, 0o700) != 0, errno != EEXIST {
      throw SystemError(errno: errno, attempt: "make the directory \(path)")
    }
    let directory = try OwnedDescriptor(path: path, flags: O_RDONLY | O_DIRECTORY)
    let number = directory.number
    do { try lockFile(number, LOCK_EX, path: path, patience: .seconds(3)) } catch {
      throw error.errno == EWOULDBLOCK ? JournalError.locked(path) : error
    }
    // The run that held the lock before may have removed the directory at its end.
    var locked = stat()
    try syscall("look at \(path)") { fstat(number, &locked) }
    guard try Files.status(path)?.st_ino == locked.st_ino else { throw JournalError.locked(path) }
    return directory
  }

  private static func decode(_ bytes: [UInt8], path: String) throws -> (entries: [JournalEntry], length: Int)
  {
    var entries: [JournalEntry] = []
    var start = 0
    while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
      do {
        entries.append(try JSONDecoder().decode(JournalEntry.self, from: Data(bytes[start..<end])))
      } catch {
        throw JournalError.unreadable(path, line: entries.count + 1, reason: "\(error)")
      }
      start = end + 1
    }
    return (entries, start)
  }
}

public enum JournalError: Error, Hashable, Sendable, CustomStringConvertible {
  case locked(String)
  /// The directory of the journal is not where it was.
  case gone(String)
  case unreadable(String, line: Int, reason: String)

  public var description: String {
    switch self {
    case .locked(let path): "another ramdisk-install is at work (it holds \(path)): wait until it has ended"
    case .gone(let path): "\(path) is gone: mount the system again where it was"
    case .unreadable(let path, let line, let reason):
      "\(path) line \(line) cannot be understood (\(reason)): it was written by a newer version, or damaged"
    }
  }
}
