import Synchronization

/// An initiator port as SCSI sees it: two sessions of one initiator with different ISIDs are two ports (RFC 7143 4.4.2).
public struct InitiatorPort: Hashable, Sendable {
  /// iSCSI name of the initiator.
  public var name: String
  /// Initiator session identifier, 48 bits.
  public var isid: UInt64

  public init(name: String, isid: UInt64) {
    self.name = name
    self.isid = isid & 0xFFFF_FFFF_FFFF
  }
}

/// One initiator port's nexus with one logical unit (I_T_L nexus, SAM-5 4.7), from `LogicalUnit.attach` to `detach`.
public final class Nexus: Sendable {
  public let port: InitiatorPort
  /// The target port: the tag of the portal group that the session came through (RFC 7143 4.4.2).
  public let targetPort: UInt16
  /// Identifies the nexus among all that its unit has had.
  let identifier: UInt64
  /// Set while a command of this nexus may be held up by a unit attention or another's reservation.
  let gate = Atomic<Bool>(true)
  /// A PREEMPT AND ABORT has asked for the end of this nexus's tasks, and waits for it.
  let preemption = Atomic<UInt64>(0)

  /// Whether `CommandStep.abortPreempted` is about this nexus.
  public var isPreempted: Bool { preemption.load(ordering: .acquiring) != 0 }

  init(port: InitiatorPort, targetPort: UInt16, identifier: UInt64) {
    self.port = port
    self.targetPort = targetPort
    self.identifier = identifier
  }
}
