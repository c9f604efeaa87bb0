import Glibc
import Linux

/// Where systems keep what their boot loaders read: kernels, images, menus, EFI partitions.
enum BootFiles {
  private static let directories = ["/boot", "/efi"]
  /// Those that may be file systems of their own.
  static let mountPoints = directories + ["/boot/efi"]

  /// Whether the file `real`, a path of this machine, is one of them in the system below `root`.
  static func hold(_ real: String, in root: HostRoot) -> Bool {
    directories.contains { real.hasPrefix(root.resolve($0) + "/") }
  }

  /// Has the automounts among them mount what they are for: an idle one looks like an empty directory's.
  static func mountAll(in root: HostRoot) {
    for path in mountPoints {
      _ = try? OwnedDescriptor(path: root.resolve(path), flags: O_RDONLY | O_DIRECTORY)
    }
  }

  /// Brings everything to its place that programs of the system wrote there.
  static func settle(in root: HostRoot) throws {
    var settled: Set<dev_t> = []
    for path in mountPoints {
      let real = root.resolve(path)
      // What cannot even be opened (an automount that fails) cannot have been written to.
      guard let open = try? OwnedDescriptor(path: real, flags: O_RDONLY) else { continue }
      var status = stat()
      try syscall("look at \(real)") { fstat(open.number, &status) }
      guard settled.insert(status.st_dev).inserted else { continue }
      try settleFileSystem(of: real)
    }
  }
}
