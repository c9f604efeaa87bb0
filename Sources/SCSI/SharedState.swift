/// What the nexuses of a logical unit share; behind the unit's lock.
struct SharedState: Sendable {
  var nexuses: [Attachment] = []
  /// The nexus that holds the unit by RESERVE (6) or (10).
  var reserver: UInt64?
  var persistent = PersistentReservations()
  /// A change of `persistent` that the command which holds the unit makes, if it can be kept.
  var change: ReservationChange?
  /// What keeps all nexuses from the medium.
  var hindrance: Hindrance?
  /// The sanitize operation under way.
  var sanitize: SanitizeState?
  var copies: [CopyRecord] = []
  /// Whether the medium of a removable unit is loaded.
  var isMediumPresent = true
  /// How many times PREEMPT AND ABORT has found tasks to abort.
  var preemptions: UInt64 = 0
  private var nextIdentifier: UInt64 = 1

  /// A nexus, and the unit attentions it has not been told yet, in the order of their coming.
  struct Attachment: Sendable {
    let nexus: Nexus
    var attentions: [UnitAttention] = []
    /// Keeps the medium in by PREVENT ALLOW MEDIUM REMOVAL.
    var isPreventing = false
    /// What GET EVENT STATUS NOTIFICATION has to tell.
    var mediaEvent = MediaEvent.none
  }

  mutating func attach(_ port: InitiatorPort, through targetPort: UInt16) -> Nexus {
    let nexus = Nexus(port: port, targetPort: targetPort, identifier: nextIdentifier)
    nextIdentifier &+= 1
    nexuses.append(Attachment(nexus: nexus, attentions: [.powerOn]))
    return nexus
  }

  mutating func detach(_ nexus: Nexus) {
    nexuses.removeAll { $0.nexus === nexus }
    // Who comes next may be firmware, which does not know how to shut a tray.
    if nexuses.isEmpty { isMediumPresent = true }
    if reserver == nexus.identifier { reserver = nil }
    copies.removeAll { $0.key.nexus == nexus.identifier }
    updateGates()
  }

  func index(of nexus: Nexus) -> Int? { nexuses.firstIndex { $0.nexus === nexus } }

  /// Establishes a unit attention for the nexuses that `isConcerned` chooses; a second of a kind adds nothing.
  mutating func raise(_ attention: UnitAttention, where isConcerned: (Nexus) -> Bool) {
    for index in nexuses.indices
    where isConcerned(nexuses[index].nexus) && !nexuses[index].attentions.contains(attention) {
      nexuses[index].attentions.append(attention)
    }
  }

  mutating func takeAttention(of nexus: Nexus) -> UnitAttention? {
    guard let index = index(of: nexus), !nexuses[index].attentions.isEmpty else { return nil }
    return nexuses[index].attentions.removeFirst()
  }

  /// Whether another's reservation forbids the command to `nexus` (SPC-4 5.13.1, SPC-2 5.5.1).
  func isReserved(against nexus: Nexus, _ command: Command?) -> Bool {
    guard let command else { return false }
    if let reserver, reserver != nexus.identifier {
      switch command {
      case .inquiry, .reportLUNs, .requestSense, .release6, .release10: return false
      default: return true
      }
    }
    return persistent.forbids(command, to: nexus.port)
  }

  /// Opens the gate of each nexus that nothing may hold up, and closes the others.
  func updateGates() {
    for attachment in nexuses {
      let nexus = attachment.nexus
      let isFree =
        hindrance == nil && attachment.attentions.isEmpty && isMediumPresent
        && (reserver == nil || reserver == nexus.identifier)
        && persistent.allowsEverything(to: nexus.port)
      nexus.gate.store(!isFree, ordering: .releasing)
    }
  }
}
