/// Who tells the run of a scenario: to a person, or into a test's log.
public struct Narrator: Sendable {
  /// A step begins; in plain words.
  public let step: @Sendable (String) -> Void
  /// A machine, by its name, or a program said a line.
  public let said: @Sendable (_ who: String, _ line: String) -> Void

  public init(
    step: @escaping @Sendable (String) -> Void,
    said: @escaping @Sendable (_ who: String, _ line: String) -> Void
  ) {
    self.step = step
    self.said = said
  }
}
