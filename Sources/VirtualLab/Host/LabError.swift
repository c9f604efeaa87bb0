/// What went wrong in the laboratory, on what, and what can be done about it.
public struct LabError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Kind of failure, for code; `message` is for people.
  public enum Code: Equatable, Sendable {
    /// A program that the laboratory needs is not installed.
    case missingProgram
    /// Root is needed for this and the process has not got it.
    case notPermitted
    /// A command ended with another status than 0.
    case commandFailed
    /// Something awaited did not come in time.
    case deadlineExceeded
    /// A virtual machine ended before it should have.
    case machineStopped
    /// A machine, a disk or an answer was not as it has to be.
    case unexpected
  }

  public let code: Code
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}
