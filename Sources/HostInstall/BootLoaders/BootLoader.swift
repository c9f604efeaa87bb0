/// How the ramdisk gets into the boot menu.
public enum BootLoaderKind: String, Codable, Hashable, Sendable, CaseIterable {
  /// A block in `custom.cfg`, which GRUB's generated configuration reads.
  case grub
  /// A script in `/etc/grub.d`, which GRUB's configuration is generated from.
  case grubScript = "grub-script"
  /// An entry of the Boot Loader Specification, read by GRUB's `blscfg`.
  case bls
  /// An entry of the Boot Loader Specification, read by systemd-boot.
  case systemdBoot = "systemd-boot"
  /// A boot option of the firmware.
  case efi
}

/// Why something cannot be done, and what helps.
public struct Obstacle: Codable, Hashable, Sendable {
  public var reason: String
  /// The command or edit that mends it.
  public var remedy: String

  public init(_ reason: String, remedy: String) {
    self.reason = reason
    self.remedy = remedy
  }
}

/// One way to get the ramdisk into the boot menu, on one system. One implementation per kind, in a folder of its own.
protocol BootLoader: Sendable {
  var kind: BootLoaderKind { get }
  /// What speaks for it, after "chosen because".
  var reason: String { get }
  /// Why it cannot be used; nil: it can.
  var obstacle: Obstacle? { get }
  /// What someone should know who uses it.
  var remarks: [Finding] { get }
  /// Where kernel and segments have to be so that it can read them.
  var payloadDirectory: String { get }
  /// Adds the entry, last of all.
  var step: any InstallStep { get }
  /// Whether the entry is there.
  var hasEntry: Bool { get }
  /// How the loader calls the entry.
  var entry: String { get }
  /// The entry that the loader was told to take for the next boot only; nil: its default.
  var nextEntry: String? { get }
  /// Why the next boot cannot be chosen; nil: it can.
  var onceObstacle: Obstacle? { get }
  /// Makes the ramdisk the next boot's entry, and only that one's.
  func choose(_ transaction: Transaction, _ runner: any CommandRunner) async throws
}

/// What boot loaders are made from.
struct BootLoaderContext: Sendable {
  let root: HostRoot
  let facts: HostFacts
  let profile: DistroProfile
  let firmware: any FirmwareVariables

  /// Parameters of the ramdisk's kernel.
  var parameters: [String] { GRUBEntry.parameters(commandLine: facts.commandLine) }

  /// All kinds, the best one first.
  var loaders: [any BootLoader] {
    let grub: [any BootLoader] = [GRUBCustomLoader(self), BLSLoader(self), GRUBScriptLoader(self)]
    let systemdBoot = SystemdBootLoader(self)
    let first: [any BootLoader] =
      facts.systemdBoot?.isActive == true || facts.grub == nil ? [systemdBoot] + grub : grub + [systemdBoot]
    return first + [EFILoader(self)]
  }

  /// The one that was installed with.
  func installed(_ state: JournalState) -> (any BootLoader)? {
    loaders.first { $0.kind == BootLoaderSelection.installed(state) }
  }
}
