import Linux
import SiteConfig

/// What can be booted from a disk, and the iPXE scripts made from it.
public enum BootMenu {
  /// What holds for kernels about which the disk itself does not tell.
  public struct Defaults: Hashable, Sendable {
    /// Command line of kernels that no entry of the Boot Loader Specification describes; empty: that of `grub.cfg`.
    public var commandLine: String
    public var generator: InitramfsGenerator

    public init(commandLine: String, generator: InitramfsGenerator) {
      self.commandLine = commandLine
      self.generator = generator
    }

    public init(_ boot: Site.Boot) {
      self.init(commandLine: boot.commandLine, generator: InitramfsGenerator(named: boot.initramfs))
    }
  }

  /// The entries of a boot file system, in the order in which a menu shows them: type 1 entries of the Boot Loader
  /// Specification, unified kernel images, and kernels with an initial RAM disk beside them, newest first. Exactly
  /// one of them `isDefault`, unless there is none.
  ///
  /// Reads files of the tree only, follows no link out of it, and skips what is damaged or incomplete.
  ///
  /// - Parameters:
  ///   - root: where the file system is mounted.
  ///   - path: directory of the kernels in it, `/` or `/boot`.
  /// - Throws: `SystemError` where the root cannot be opened.
  public static func scan(root: String, path: String, defaults: Defaults) throws(SystemError) -> [BootEntry] {
    var scan = BootScan(tree: try RootedDirectory(path: root), directory: path, defaults: defaults)
    scan.run()
    return scan.entries
  }
}
