/// What is mounted where: `/proc/self/mountinfo` (proc_pid_mountinfo(5)).
public struct MountTable: Hashable, Sendable {
  public struct Mount: Hashable, Sendable {
    /// `MAJOR:MINOR` as `stat` shows it; of btrfs not that of a device.
    public var deviceNumber: String
    /// Directory of the file system that is mounted: a subvolume, or the source of a bind mount.
    public var root: String
    public var mountPoint: String
    public var type: String
    /// Whether nothing is mounted there before somebody asks for it, and then perhaps not either.
    public var isAutomount: Bool { type == "autofs" }
    /// Device node, or a name that means something to the file system's type.
    public var source: String
  }

  public var mounts: [Mount]

  /// Parses the file; lines of another shape are passed over.
  public init(_ text: String) {
    mounts = text.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ")
      guard fields.count >= 10, let dash = fields.dropFirst(6).firstIndex(of: "-"), fields.count > dash + 2
      else { return nil }
      return Mount(
        deviceNumber: String(fields[2]), root: MountTable.unescaped(fields[3]),
        mountPoint: MountTable.unescaped(fields[4]), type: String(fields[dash + 1]),
        source: MountTable.unescaped(fields[dash + 2]))
    }
  }

  /// The mount that a path is in: the longest mount point that it begins with, of several the last one mounted. An
  /// automount is below what it mounted.
  public func mount(of path: String) -> Mount? {
    var best: Mount?
    for mount in mounts where MountTable.contains(mount.mountPoint, path) {
      guard let other = best, other.mountPoint.utf8.count >= mount.mountPoint.utf8.count else {
        best = mount
        continue
      }
      if other.mountPoint == mount.mountPoint, other.isAutomount || !mount.isAutomount { best = mount }
    }
    return best
  }

  private static func contains(_ directory: String, _ path: String) -> Bool {
    directory == "/" || path == directory || path.hasPrefix(directory + "/")
  }

  /// Blanks and backslashes are written `\040`.
  private static func unescaped(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\\"), rest.count >= 3,
        let value = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
      {
        bytes.append(value)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
