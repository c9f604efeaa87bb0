/// The ways there are to get into the boot menu, what speaks against each, and the one that is taken.
public struct BootLoaderSelection: Sendable {
  /// One way, judged.
  public struct Candidate: Codable, Hashable, Sendable {
    public var kind: BootLoaderKind
    /// What speaks for it.
    public var reason: String
    /// Why it cannot be used; nil: it can.
    public var obstacle: Obstacle?
  }

  /// The best one first.
  public let candidates: [Candidate]
  /// The one that is taken; nil when none can be used.
  public var kind: BootLoaderKind? { chosen?.kind }
  let chosen: (any BootLoader)?
  private let wanted: BootLoaderKind?
  private let installed: BootLoaderKind?
  private let others: [OtherBootLoader]

  /// Name of the journal's note that holds the kind that was installed.
  static let note = "boot-loader"

  /// - Parameters:
  ///   - wanted: the user's choice; nil takes the best.
  ///   - installed: what an earlier run took: an update stays with it.
  init(_ context: BootLoaderContext, wanted: BootLoaderKind?, installed: BootLoaderKind?) {
    let loaders = context.loaders
    candidates = loaders.map { Candidate(kind: $0.kind, reason: $0.reason, obstacle: $0.obstacle) }
    let possible = loaders.filter { $0.obstacle == nil }
    let required = wanted ?? installed
    chosen = possible.first { required == nil || $0.kind == required }
    self.wanted = wanted
    self.installed = installed
    others = context.facts.otherBootLoaders
  }

  /// What an installation was made with; before there was a choice it was always GRUB's `custom.cfg`.
  static func installed(_ state: JournalState) -> BootLoaderKind {
    state.notes[note].flatMap(BootLoaderKind.init(rawValue:)) ?? .grub
  }

  /// Why there is no entry to be had, or what to know of the one chosen.
  var findings: [Finding] {
    if let wanted, let installed, wanted != installed {
      return [
        Finding(
          .refusal, "the ramdisk is installed by way of \(installed.rawValue), not \(wanted.rawValue)",
          remedy: "ramdisk-install --uninstall, then install with --bootloader \(wanted.rawValue)")
      ]
    }
    if let chosen { return chosen.remarks }
    if let required = wanted ?? installed, let candidate = candidates.first(where: { $0.kind == required }),
      let obstacle = candidate.obstacle
    {
      return [Finding(.refusal, "\(required.rawValue): \(obstacle.reason)", remedy: obstacle.remedy)]
    }
    let reasons = candidates.compactMap { candidate in
      candidate.obstacle.map { "\n    \(candidate.kind.rawValue): \($0.reason)" }
    }
    let text = "no boot loader that can be given an entry was found:" + reasons.joined()
    let manual = others.map(\.instructions)
    let remedy = manual.isEmpty ? candidates.first?.obstacle?.remedy : manual.joined(separator: "\n    ")
    return [Finding(.refusal, text, remedy: remedy)]
  }
}
