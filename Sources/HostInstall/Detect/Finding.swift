/// Something that preflight has to say.
public struct Finding: Codable, Hashable, Sendable {
  public enum Severity: String, Codable, Hashable, Sendable {
    /// Nothing is installed because of it.
    case refusal
    /// Installed all the same; someone should know.
    case warning
    case note
  }

  public var severity: Severity
  /// What it is, and what follows from it.
  public var text: String
  /// The command or edit that mends it.
  public var remedy: String?

  public init(_ severity: Severity, _ text: String, remedy: String? = nil) {
    self.severity = severity
    self.text = text
    self.remedy = remedy
  }
}
