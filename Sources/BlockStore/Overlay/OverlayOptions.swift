/// Where the overlays of a base are kept, how long, and how large they may grow.
public struct OverlayOptions: Sendable {
  public enum Place: Hashable, Sendable {
    case memory
    /// Sparse files in this directory.
    case directory(String)
  }

  public enum Lifetime: Hashable, Sendable {
    /// Until the initiator logs out. One that only lost its connection finds it again.
    case session
    /// Until this process ends.
    case run
    /// Over restarts and losses of power, if it is kept in a directory.
    case always
  }

  public var place: Place
  public var lifetime: Lifetime
  /// Most bytes that one overlay may take; a write beyond fails with ENOSPC.
  public var limit: UInt64
  /// What overlays take of the memory together; nil for those in files.
  public var budget: OverlayBudget?

  public init(
    place: Place = .memory, lifetime: Lifetime = .run, limit: UInt64 = .max, budget: OverlayBudget? = nil
  ) {
    self.place = place
    self.lifetime = lifetime
    self.limit = limit
    self.budget = budget
  }
}

/// An overlay at one moment.
public struct OverlayStatus: Codable, Hashable, Sendable {
  public var initiator: String
  /// Bytes that it takes up.
  public var usedBytes: UInt64
  /// Whether its initiator is logged in.
  public var isInUse: Bool
  /// Whether it is kept over a restart.
  public var isPersistent: Bool
  /// What keeps its initiator from using it; nil if nothing.
  public var problem: String?
}

/// Why an overlay was not committed or discarded.
public enum OverlayRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  case unknown(initiator: String, lun: Int)
  case inUse(initiator: String)
  /// Somebody uses the base.
  case baseInUse(by: String)
  /// Their overlays were made over the base as it is.
  case othersDepend([String])
  case failed(BlockStoreError)

  public var description: String {
    switch self {
    case .unknown(let initiator, let lun): "\(initiator) has no overlay of LUN \(lun)"
    case .inUse(let initiator): "\(initiator) is logged in: shut it down first"
    case .baseInUse(let name): "\(name) is logged in and reads the disk: shut it down first"
    case .othersDepend(let names):
      "other overlays were made over the disk as it is and would be lost: "
        + "\(names.joined(separator: ", ")); discard them first"
    case .failed(let error): error.description
    }
  }
}
