/// What was found out about GRUB.
public struct GRUBFacts: Codable, Hashable, Sendable {
  /// The main configuration: `/boot/grub/grub.cfg`.
  public var configuration: String
  /// Whether it reads `custom.cfg` beside it (by `41_custom`).
  public var sourcesCustom: Bool
  /// Where it reads entries of the Boot Loader Specification; nil: it does not.
  public var entriesDirectory: String?
  /// Platforms whose modules are installed: `i386-pc`, `x86_64-efi`.
  public var platforms: [String]
  /// Parameters of the first kernel entry; nil when there is none.
  public var commandLine: String?
  /// Entry chosen for the next boot only.
  public var nextEntry: String?
  public var hasEnvironmentBlock: Bool

  /// The directory of the configuration.
  public var directory: String { Files.parent(configuration) }
  /// The file that our entry goes to.
  public var customConfiguration: String { directory + "/custom.cfg" }
  /// The environment block.
  public var environmentBlock: String { directory + "/grubenv" }
}
