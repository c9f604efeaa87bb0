import Synchronization

/// The logical units of a target, by number; adding or removing one raises REPORTED LUNS DATA HAS CHANGED.
public final class LogicalUnitInventory: Sendable {
  private let units = Mutex<[LogicalUnitNumber: LogicalUnit]>([:])

  /// The target's ports, by the tags of their portal groups, ascending; each is a target port group of its own.
  public let targetPorts: [UInt16]

  public init(targetPorts: [UInt16] = [1]) { self.targetPorts = targetPorts }

  /// The unit with that number.
  public func unit(_ number: LogicalUnitNumber) -> LogicalUnit? { units.withLock { $0[number] } }

  /// The numbers in use, ascending.
  public var numbers: [LogicalUnitNumber] { units.withLock { $0.keys.sorted() } }

  /// The unit whose identity fits, with its number.
  func find(where fits: (LogicalUnitIdentity) -> Bool) -> (number: LogicalUnitNumber, unit: LogicalUnit)? {
    units.withLock { units in
      units.first { fits($0.value.configuration.identity) }.map { (number: $0.key, unit: $0.value) }
    }
  }

  /// Puts `unit` at `number`, in place of what was there.
  public func add(_ unit: LogicalUnit, at number: LogicalUnitNumber) {
    let others = units.withLock { units in
      let others = Array(units.values)
      units[number] = unit
      return others
    }
    for other in others { other.raise(.reportedLUNsDataHasChanged) }
  }

  /// Takes away the unit at `number`; commands to it end with LOGICAL UNIT NOT SUPPORTED from then on.
  public func remove(_ number: LogicalUnitNumber) {
    let others = units.withLock { units in
      units[number] = nil
      return Array(units.values)
    }
    for other in others { other.raise(.reportedLUNsDataHasChanged) }
  }
}
