/// What preflight comes to, for a person and for programs.
public struct PreflightVerdict: Hashable, Sendable {
  public enum Outcome: String, Codable, Hashable, Sendable {
    /// Nothing speaks against an installation.
    case possible
    /// It would be refused.
    case refused
    /// It is there already; installing again brings it up to date.
    case installed
  }

  public let outcome: Outcome
  /// How many findings refuse, and how many warn.
  public let refusals: Int
  public let warnings: Int

  public init(findings: [Finding], isInstalled: Bool) {
    refusals = findings.count { $0.severity == .refusal }
    warnings = findings.count { $0.severity == .warning }
    outcome = refusals > 0 ? .refused : isInstalled ? .installed : .possible
  }

  /// The verdict in words, with what to do next.
  public var text: String {
    let warned =
      switch warnings {
      case 0: ""
      case 1: " Read the warning first."
      default: " Read the \(warnings) warnings first."
      }
    return switch outcome {
    case .possible:
      "Verdict: the ramdisk can be installed.\(warned) 'ramdisk-install' shows its plan and asks before it changes anything."
    case .installed:
      "Verdict: the ramdisk is installed, and nothing hinders an update.\(warned) 'ramdisk-install status' tells how it is."
    case .refused:
      "Verdict: the ramdisk cannot be installed: \(refusals == 1 ? "one thing hinders" : "\(refusals) things hinder") it (\"refused\" above). Nothing was changed."
    }
  }
}
