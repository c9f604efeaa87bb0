import ISCSI
import SCSI

/// What the connections of one session share (RFC 7143 4.2.2, MC/S). All of them live on the same thread.
final class SharedSession {
  let login: EstablishedLogin
  private(set) var bindings: [UnitBinding]
  /// One for each binding that there is or may be.
  let taskSets: UnsafeMutableBufferPointer<TaskSet>
  let counters = SessionCounters()
  /// The connections in their full feature phase.
  private(set) var members: [Session] = []
  /// Logins that take the place of a connection and wait for its end (connection reinstatement, 6.3.4).
  var joining: [Connection] = []
  /// Tasks are being aborted: none is to be started meanwhile.
  var isAborting = false
  /// The initiator said that it goes.
  var isLoggedOut = false

  init(_ login: EstablishedLogin, bindings: [UnitBinding]) {
    self.login = login
    self.bindings = bindings
    // As many as a target can have units.
    taskSets = .allocate(capacity: 256)
    taskSets.initialize(repeating: TaskSet())
  }

  deinit {
    taskSets.deinitialize()
    taskSets.deallocate()
  }

  /// Adds a unit that came after the login.
  func bind(_ binding: UnitBinding) { bindings.append(binding) }

  func join(_ session: Session) {
    members.append(session)
    for member in members { member.isAlone = members.count == 1 }
  }

  /// - Returns: whether that was the last one.
  func leave(_ session: Session) -> Bool {
    members.removeAll { $0 === session }
    for member in members { member.isAlone = members.count == 1 }
    return members.isEmpty
  }

  func member(on connection: Int) -> Session? { members.first { $0.connection.index == connection } }
  func member(cid: UInt16) -> Session? { members.first { $0.phase.login.identity.cid == cid } }

  /// Where command numbering has moved on with one connection, the others follow, and look again at what had to wait.
  func publish(_ window: CommandWindow, from session: Session) {
    for member in members where member !== session && member.phase.window != window {
      member.phase.adopt(window)
      member.connection.thread.markDirty(member.connection)
    }
  }

  /// Why a connection cannot join; nil: it can, once the one with its CID is gone.
  func refusal(of identity: LoginIdentity) -> LoginFailure? {
    guard identity.type == .normal, identity.initiatorName == login.identity.initiatorName,
      identity.isid == login.identity.isid, !members.isEmpty
    else { return .sessionDoesNotExist(login.tsih) }
    let group = login.identity.portalGroupTag
    guard identity.portalGroupTag == group else { return .otherPortalGroup(group) }
    let others = members.count(where: { $0.phase.login.identity.cid != identity.cid })
    return others < login.parameters.maximumConnections ? nil : .anotherConnection
  }
}
