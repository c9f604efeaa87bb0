/// What the nexuses of a logical unit share; behind the unit's lock.
struct SharedState: Sendable {
  var nexuses: [Attachment] = []
  private var nextIdentifier: UInt64 = 1

  /// A nexus, and the unit attentions it has not been told yet, in the order of their coming.
  struct Attachment: Sendable {
    let nexus: Nexus
    var attentions: [UnitAttention] = []
  }

  mutating func attach(_ port: InitiatorPort) -> Nexus {
    let nexus = Nexus(port: port, identifier: nextIdentifier)
    nextIdentifier &+= 1
    nexuses.append(Attachment(nexus: nexus, attentions: [.powerOn]))
    return nexus
  }

  func index(of nexus: Nexus) -> Int? { nexuses.firstIndex { $0.nexus === nexus } }

  /// Opens the gate of each nexus that nothing holds up, and closes the others.
  func updateGates() {
    for attachment in nexuses {
      attachment.nexus.gate.store(!attachment.attentions.isEmpty, ordering: .releasing)
    }
  }
}
