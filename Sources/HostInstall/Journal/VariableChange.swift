/// A variable of the firmware is made, replaced or removed.
public struct VariableChange: Codable, Hashable, Sendable {
  /// What the variable is for: decides what happens when it was changed since we wrote it.
  public enum Role: String, Codable, Hashable, Sendable {
    /// Our boot option: firmware may write it anew in other words.
    case option
    /// The list of boot options: only ours is taken out of a changed one.
    case order
    /// The choice for the next boot: someone else's stays.
    case choice
  }

  public var variable: FirmwareVariable
  public var before: FirmwareValue?
  public var after: FirmwareValue?
  public var role: Role
  /// Number of our boot option, where it is about one.
  public var number: UInt16?
}

extension Transaction {
  /// Writes a variable of the firmware and reads it back; one that has the value already is not written again, because
  /// its memory wears out.
  ///
  /// - Throws: `FirmwareError`, also when the firmware forgot it at once.
  func set(
    _ variable: FirmwareVariable, _ value: FirmwareValue, role: VariableChange.Role, number: UInt16? = nil
  ) throws {
    let before = try firmware.read(variable)
    if before == value { return }
    try record(
      .variable(
        VariableChange(variable: variable, before: before, after: value, role: role, number: number)))
    try firmware.write(variable, value)
    try faults.reach("wrote \(variable)")
    guard try firmware.read(variable)?.bytes == value.bytes else {
      throw FirmwareError(attempt: "write the variable \(variable)", reason: "the firmware did not keep it")
    }
  }
}

extension Undo {
  /// Takes back what was done to a variable; another machine's are left alone.
  func undo(_ change: VariableChange) throws {
    guard firmware.isPresent else {
      if reason == .uninstall {
        keep(
          "the firmware's variable \(change.variable) stays: uninstall on the running machine to remove it")
      }
      return
    }
    let current = try firmware.read(change.variable)
    let before = try reason == .uninstall ? withoutOurs(change.before, change) : change.before
    if current == before { return }
    if try current == change.after && !isTaken(change) || isStillOurs(current, change) {
      guard let before else { return try firmware.remove(change.variable) }
      return try firmware.write(change.variable, before)
    }
    if let current, let rest = try withoutOurs(current, change), rest != current {
      try firmware.write(change.variable, rest)
    }
  }

  /// A list of boot options without ours. One whose number another option has taken is that one's.
  private func withoutOurs(_ value: FirmwareValue?, _ change: VariableChange) throws -> FirmwareValue? {
    guard change.role == .order, var value, let number = change.number else { return value }
    let numbers = BootOptions.numbers(value.bytes)
    let option = try firmware.read(BootOptions.name(number))
    guard numbers.contains(number),
      option == nil || LoadOption.label(of: option?.bytes ?? []) == BootOptions.title
    else { return value }
    value.bytes = BootOptions.bytes(numbers.filter { $0 != number })
    return value
  }

  /// Whether our number in the list is another option's by now: then the list is more than ours, though it reads as we
  /// left it.
  private func isTaken(_ change: VariableChange) throws -> Bool {
    guard change.role == .order, let number = change.number,
      let option = try firmware.read(BootOptions.name(number))
    else { return false }
    return LoadOption.label(of: option.bytes) != BootOptions.title
  }

  private func isStillOurs(_ current: FirmwareValue?, _ change: VariableChange) -> Bool {
    guard change.role == .option, let current else { return false }
    return LoadOption.label(of: current.bytes) == BootOptions.title
  }
}
