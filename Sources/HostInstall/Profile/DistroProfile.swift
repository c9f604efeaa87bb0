/// What is particular to one distribution: names of packages, commands and paths. A file in `distro/`, data only.
///
/// What the system can do (which initramfs generator, which boot loader) is found out on the system itself; the profile
/// says how things are called there. Commands are argument lists in which `{name}` stands for a value.
public struct DistroProfile: Codable, Hashable, Sendable {
  /// As people call it.
  public var name: String
  public var support: Support
  public var match: Match
  /// Printed instead of doing anything, for systems that are configured as a whole (NixOS).
  public var instructions: [String]?
  public var packages: Packages?
  public var kernels: Kernels?
  public var initramfs: Initramfs?
  /// Boot loaders, by the tools' names on this distribution; see `BootLoaderProfile.swift`.
  public var grub: GRUB?
  public var bls: BLS?
  public var systemdBoot: SystemdBoot?
  public var efi: EFI?

  /// How well it is known to work.
  public enum Support: String, Codable, Hashable, Sendable {
    /// Installed, booted and uninstalled by the end-to-end tests.
    case bootTested = "boot-tested"
    /// Tested on a tree with the distribution's own tools.
    case toolTested = "tool-tested"
    /// Written after its documentation and sources.
    case modelled
    /// The steps are printed, not done.
    case instructions
  }

  /// Which systems it is for: by os-release, and for image-based variants by a file that only they have.
  public struct Match: Codable, Hashable, Sendable {
    /// Programs by which a system that no profile names is recognised as of this kind: all of them must be there.
    public var programs: [String]?
    /// Values of `ID`.
    public var ids: [String]
    /// Values of `ID_LIKE`, used when no profile has the `ID`.
    public var idsLike: [String]
    /// Must exist, for example `/run/ostree-booted`.
    public var file: String?
  }

  /// The package manager. Its `kind` names the back end that understands what it prints.
  public struct Packages: Codable, Hashable, Sendable {
    public enum Kind: String, Codable, Hashable, Sendable {
      case apt, dnf, zypper, pacman, xbps, apk, emerge
      case rpmOSTree = "rpm-ostree"
    }

    public var kind: Kind
    public var environment: [String: String]
    /// Prints all packages, one a line: name, version, state.
    public var list: [String]
    /// Prints the names of the packages that the user asked for, one a line.
    public var listManual: [String]
    /// Marks `{packages}` as asked for, or as dependencies.
    public var markManual: [String]
    public var markAutomatic: [String]
    /// Fetches the package lists.
    public var refresh: [String]
    /// Says what `change` would do.
    public var simulate: [String]
    /// Says what removing `{packages}` would do; not where `simulate` takes packages to be removed, too (apt).
    public var simulateRemoval: [String]?
    /// Installs and removes `{packages}`; what is removed leaves its configuration files.
    public var change: [String]
    /// The same, but what is removed takes its configuration files along: for packages that we added. Where there are
    /// two commands, it only removes.
    public var revert: [String]
    /// Fetches package files into the working directory `{directory}`.
    public var download: [String]
    /// Finishes what was interrupted.
    public var repair: [String]
    /// Prints what is only half installed; nothing where there is nothing.
    public var audit: [String]?
    /// What packages leave behind when they are purged, by name of the package.
    public var leftovers: [String: Leftovers]?
  }

  /// Where kernels and their images are; `{kernel}` is the version, `{flavor}` what follows its last dash, `*` in a
  /// directory any name.
  public struct Kernels: Codable, Hashable, Sendable {
    public var image: String
    public var initramfs: String
    public var modules: String
    /// File in the directory of the modules that holds the name for `{name}` in the paths, where distributions name
    /// files not by the version but by the package (Arch: `linux`, `linux-lts`).
    public var nameFile: String?
    /// Where image and initramfs may be instead, tried in this order; `{machine}` is the machine's identifier or what
    /// /etc/kernel/entry-token says.
    public var others: [Layout]?

    public struct Layout: Codable, Hashable, Sendable {
      public var image: String
      public var initramfs: String
    }
  }

  /// How an initramfs that can log in by iSCSI is had.
  public struct Initramfs: Codable, Hashable, Sendable {
    /// Makes dracut the system's generator.
    public var `switch`: Change?
    /// Adds dracut beside it.
    public var sidecar: Change?
    /// Rebuilds the images of the generator that was replaced, should it be restored: `{kernel}`.
    public var rebuild: [String: [String]]
    /// Put into dracut's image where they exist.
    public var installItems: [String]

    /// dracut's modules that a second image needs besides those for iSCSI and for the root's storage.
    public var modules: [String]?
    /// What makes a sidecar for kernels that come later.
    public var hooks: Hooks?

    public struct Hooks: Codable, Hashable, Sendable {
      /// Where a file of `distro/hooks` goes, by path.
      public var scripts: [String: String]
      /// Where a symbolic link to another path is made, by path.
      public var links: [String: String]?
      /// Plugins of kernel-install that dracut's packages bring along and that must not act beside another generator.
      public var masks: [String]?
    }

    public struct Change: Codable, Hashable, Sendable {
      public var install: [String]
      /// The only packages that may be removed by it.
      public var replaces: [String]
    }
  }
}
