import Glibc
import Linux

/// The kernels and initial RAM disks of boot entries, copied to where the disk is no longer needed for them.
public struct BootImages: Sendable {
  /// The files of one entry.
  public struct Files: Hashable, Sendable {
    public var kernel: String
    public var initrds: [String]
  }

  /// What could be copied, in the order of the scan.
  public private(set) var entries: [BootEntry] = []
  /// Paths of the copies by identifier of the entry.
  public private(set) var files: [String: Files] = [:]
  /// Why an entry is missing, one line each.
  public private(set) var problems: [String] = []

  /// Nothing to boot.
  public init() {}

  /// Copies the files of `entries`, the default entry first and then in order, as long as they fit.
  ///
  /// - Parameters:
  ///   - root: the mounted file system that was scanned.
  ///   - directory: where the copies go, on a tmpfs; made if it does not exist.
  ///   - limit: bytes that the copies may take. An entry that does not fit is left out and becomes a problem.
  /// - Throws: `SystemError` where the root cannot be opened or the directory not made.
  public init(
    copying entries: [BootEntry], root: String, to directory: String, limit: UInt64
  ) throws(SystemError) {
    let tree = try RootedDirectory(path: root)
    if mkdir(directory, 0o700) != 0, errno != EEXIST {
      throw SystemError(errno: errno, attempt: "make the directory \(directory)")
    }
    // Several entries may share a kernel or an image: each is copied once.
    var copies: [BootFile: String] = [:]
    var used: UInt64 = 0
    for entry in entries.filter(\.isDefault) + entries.filter({ !$0.isDefault }) {
      let wanted = [entry.kernel] + entry.initrds
      let new = Set(wanted).subtracting(copies.keys)
      let size = new.reduce(0) { Self.sum($0, $1.size) }
      guard Self.sum(used, size) <= limit else {
        problems.append("\(entry.title) does not fit into memory (\(size >> 20) MiB); it is not in the menu")
        continue
      }
      do throws(SystemError) {
        for file in wanted where copies[file] == nil {
          let path = "\(directory)/\(copies.count)"
          try Self.copy(file, from: tree, to: path)
          copies[file] = path
          used += file.size
        }
        let paths = wanted.compactMap { copies[$0] }
        files[entry.id] = Files(kernel: paths[0], initrds: Array(paths.dropFirst()))
      } catch {
        problems.append("\(entry.title) is not in the menu: \(error)")
      }
    }
    self.entries = entries.filter { files[$0.id] != nil }
  }

  /// A sum that stays at the largest number: sizes come from the disk.
  private static func sum(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let (sum, isOverflow) = a.addingReportingOverflow(b)
    return isOverflow ? .max : sum
  }

  /// Copies a file or leaves nothing behind.
  private static func copy(_ file: BootFile, from tree: RootedDirectory, to path: String) throws(SystemError)
  {
    let source = try tree.open(file.path)
    let copy = try OwnedDescriptor(path: path, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
    var done: UInt64 = 0
    defer { if done < file.size { unlink(path) } }
    while done < file.size {
      let count = Int(min(file.size - done, 1 << 20))
      let bytes = try source.read(at: file.offset &+ done, count: count, name: file.path)
      // A damaged disk: half a kernel must not be offered.
      guard !bytes.isEmpty else { throw SystemError(errno: EIO, attempt: "read all of \(file.path)") }
      try writeAll(copy.number, bytes, to: path)
      done += UInt64(bytes.count)
    }
  }
}
