import BlockStore
import CCRC32C
import Cryptography
import Glibc
import ISCSI
import Linux
import Logging
import SCSI
import Synchronization

/// What all threads of a target share.
final class TargetContext: Sendable {
  let configuration: TargetConfiguration
  let policy: LoginPolicy
  let inventory: LogicalUnitInventory
  let unitList = Mutex<[SharedUnit]>([])
  let executor = BlockingExecutor()
  /// Media are being asked for their sizes.
  let isRevalidating = Atomic<Bool>(false)
  /// Where persistent reservations are kept; nil: they end with this process.
  let reservations: ReservationDirectory?
  let crc32c: CRC32C.Function
  let logger: Logger
  private let events: @Sendable (TargetEvent) -> Void
  private let mailboxes: [Mailbox]
  let state: Mutex<State>

  struct State {
    var registry: SessionRegistry
    var throttle = LoginThrottle()
    var details: [UInt16: TargetStatus.Session] = [:]
    var counters: [UInt16: SessionCounters] = [:]
    var homes: [UInt16: ConnectionID] = [:]
    /// What sessions may use, until they begin.
    var granted: [UInt16: [UnitBackend]] = [:]
    /// Logins that wait for the end of a session.
    var waiters: [UInt16: [ConnectionID]] = [:]
    var connections = 0
    /// No connection comes any more: its thread may have ended.
    var isClosed = false
    /// The start failed, and connections may have been given to threads that never were.
    var isAbandoned = false
    /// Connections that have not logged in, oldest first.
    var logins: [ConnectionID] = []
    var nextThread = 0
    /// Where the target listens.
    var portals: [TargetConfiguration.Portal] = []
  }

  init(
    _ configuration: TargetConfiguration, mailboxes: [Mailbox], logger: Logger,
    events: @escaping @Sendable (TargetEvent) -> Void
  ) throws(TargetError) {
    guard !configuration.portals.isEmpty else { throw .noPortal }
    for portal in configuration.portals where portal.group == 0 { throw .portalGroup(portal.description) }
    guard !configuration.luns.isEmpty else { throw .noUnits }
    for chap in [configuration.chap].compactMap({ $0 }) + configuration.accounts.map(\.chap)
    where chap.secret == chap.targetSecret { throw .chapSecretsEqual }
    self.configuration = configuration
    inventory = LogicalUnitInventory(targetPorts: Set(configuration.portals.map(\.group)).sorted())
    self.mailboxes = mailboxes
    self.logger = logger
    self.events = events
    reservations = try Self.openReservationDirectory(configuration, logger)
    policy = LoginPolicy(configuration)
    let hardware: CRC32C.Function = { crc32c_hardware($0, $1, $2) }
    crc32c = crc32c_available() != 0 ? hardware : CRC32C.portable
    state = Mutex(State(registry: SessionRegistry(limit: configuration.connectionLimit, isExclusive: false)))
    for unit in configuration.luns { try add(unit) }
  }

  var threadCount: Int { mailboxes.count }

  func post(_ message: Message) { for mailbox in mailboxes { mailbox.post(message) } }

  func post(_ message: Message, to thread: Int) { mailboxes[thread].post(message) }

  func broadcast(_ abort: TaskAbort) { post(.abortTasks(abort)) }
}

// MARK: Connections

extension TargetContext {
  /// Gives a new connection to a thread.
  ///
  /// When there are too many, the one that has been there longest without logging in makes room, so that connections
  /// which never log in keep nobody out; the new one is closed when all others have logged in.
  func assign(socket: Int32) {
    let (thread, oldest) = state.withLock { state -> (Int?, ConnectionID?) in
      guard !state.isClosed else { return (nil, nil) }
      var oldest: ConnectionID?
      if state.connections >= configuration.connectionLimit {
        // Twice the limit are only there while those that made room are still being closed.
        guard !state.logins.isEmpty, state.connections < 2 * configuration.connectionLimit else {
          return (nil, nil)
        }
        oldest = state.logins.removeFirst()
      }
      state.connections += 1
      state.nextThread = (state.nextThread + 1) % mailboxes.count
      return (state.nextThread, oldest)
    }
    if let oldest { mailboxes[oldest.thread].post(.makeRoom(oldest)) }
    if let thread {
      mailboxes[thread].post(.adopt(socket: socket, received: []))
    } else {
      let descriptor = OwnedDescriptor(owning: socket)
      logger.warning(
        "A connection was closed: there are \(configuration.connectionLimit) already, or the target stops")
      _ = consume descriptor
    }
  }

  /// A thread serves the connection, which has to log in now.
  func opened(_ id: ConnectionID) { state.withLock { $0.logins.append(id) } }

  /// The connection has logged in, or has ended.
  func isNoLogin(_ id: ConnectionID) { state.withLock { $0.logins.removeAll { $0 == id } } }

  /// Gives a connection that wants to join a session to the thread where that lives.
  ///
  /// - Parameter received: what has been read from it so far.
  func handOver(socket: Int32, received: [UInt8], to thread: Int) {
    state.withLock { $0.connections += 1 }
    mailboxes[thread].post(.adopt(socket: socket, received: received))
  }

  /// The thread on which a session lives.
  func home(of tsih: UInt16) -> Int? { state.withLock { $0.homes[tsih]?.thread } }

  /// A connection is gone.
  func released() { state.withLock { $0.connections -= 1 } }

  var hasNoConnections: Bool { state.withLock { $0.connections == 0 } }

  /// To be called before threads are told to quit: what is given out until then is counted, and they wait for it.
  ///
  /// - Parameter isAbandoned: some threads do not exist, nothing given to them is waited for.
  func takeNoMoreConnections(isAbandoned: Bool = false) {
    state.withLock { state in
      state.isClosed = true
      state.isAbandoned = isAbandoned
    }
  }

  /// Whether the target stops, and long work has to end.
  var isStopping: Bool { state.withLock { $0.isClosed } }

  /// Whether no thread can need another's answer any more.
  var mayThreadsEnd: Bool { state.withLock { $0.connections == 0 || $0.isAbandoned } }
}

// MARK: Logins and sessions

extension TargetContext {
  enum Decision {
    case admit(tsih: UInt16)
    case refuse(LoginFailure)
    case reinstate
  }

  func isBlocked(_ address: String, at now: UInt64) -> Bool {
    state.withLock { $0.throttle.isBlocked(address, at: now) }
  }

  func decide(_ identity: LoginIdentity, for id: ConnectionID) -> Decision {
    let (decision, home) = state.withLock { state -> (Decision, (UInt16, Int)?) in
      switch state.registry.decide(identity) {
      case .admit(let tsih):
        state.homes[tsih] = id
        return (.admit(tsih: tsih), nil)
      case .refuse(let failure): return (.refuse(failure), nil)
      case .reinstate(let old):
        state.waiters[old, default: []].append(id)
        return (.reinstate, state.homes[old].map { (old, $0.thread) })
      }
    }
    if let (tsih, thread) = home {
      mailboxes[thread].post(.endSession(tsih: tsih, reason: "its initiator logged in again"))
    }
    if case .admit(let tsih) = decision, identity.type == .normal {
      do throws(UnitFailure) {
        try grant(tsih, to: identity.initiatorName)
      } catch {
        removed(tsih: tsih)
        return .refuse(.unitUnavailable(error.description))
      }
    }
    return decision
  }

  func established(_ login: EstablishedLogin, peer: String) {
    let identity = login.identity
    state.withLock { state in
      state.throttle.succeeded(peer)
      state.details[login.tsih] = TargetStatus.Session(
        initiator: identity.initiatorName, alias: identity.initiatorAlias, address: peer,
        tsih: Int(login.tsih),
        isDiscovery: identity.type == .discovery)
    }
    logger.info(
      "\(identity.initiatorName) at \(peer) logged in (\(identity.type.rawValue), \(identity.isid))")
    if identity.type == .normal { events(.loggedIn(initiator: identity.initiatorName, address: peer)) }
  }

  func refused(_ initiator: String?, _ peer: String, _ failure: LoginFailure, at now: UInt64) {
    let wasBlocked = state.withLock { state in
      let wasBlocked = state.throttle.isBlocked(peer, at: now)
      if failure.status == .authenticationFailure { state.throttle.failed(peer, at: now) }
      return wasBlocked
    }
    // Whoever is turned away has been reported often enough.
    if !wasBlocked { refused(initiator, peer, failure.description) }
  }

  func refused(_ initiator: String?, _ peer: String, _ reason: String) {
    logger.warning("Login of \(initiator ?? "an initiator") at \(peer) refused: \(reason)")
    events(.loginRefused(initiator: initiator, address: peer, reason: reason))
  }

  /// The session does nothing any more, though some of its writes may still be on their way.
  func ended(_ login: EstablishedLogin, peer: String, reason: String) {
    let identity = login.identity
    logger.info("\(identity.initiatorName) at \(peer) is gone: \(reason)")
    if identity.type == .normal {
      events(.loggedOut(initiator: identity.initiatorName, address: peer, reason: reason))
    }
  }

  /// Nothing of the session is left.
  func removed(tsih: UInt16) {
    let waiters = state.withLock { state in
      state.registry.remove(tsih: tsih)
      state.details[tsih] = nil
      state.counters[tsih] = nil
      state.homes[tsih] = nil
      return state.waiters.removeValue(forKey: tsih) ?? []
    }
    for waiter in waiters { mailboxes[waiter.thread].post(.decideAgain(waiter)) }
  }

  func endAllSessions(_ reason: String) {
    for (tsih, home) in state.withLock({ $0.homes }) {
      mailboxes[home.thread].post(.endSession(tsih: tsih, reason: reason))
    }
  }

  func failed(_ backend: UnitBackend, errno: Int32) {
    if errno == Session.toldErrno { return }
    backend.errors.wrappingAdd(1, ordering: .relaxed)
    if let overlay = backend.overlay, errno == ENOSPC {
      guard !backend.hasReportedFull.exchange(true, ordering: .relaxed) else { return }
      logger.error("\(overlay.name) is full: it takes \(overlay.usedBytes) bytes")
      events(.overlayFull(lun: Int(backend.number.value), initiator: overlay.initiator))
      return
    }
    let reason = "\(backend.store.path): \(SystemError.text(errno))"
    logger.error("LUN \(backend.number.value): \(reason)")
    events(.unitFailed(lun: Int(backend.number.value), reason: reason))
  }

  /// Puts every unit's writes on stable storage.
  func synchronizeAll() {
    for unit in units {
      guard let error = unit.synchronize() else { continue }
      unit.common.errors.wrappingAdd(1, ordering: .relaxed)
      logger.error("LUN \(unit.number.value) could not be flushed: \(error)")
      events(.unitFailed(lun: Int(unit.number.value), reason: error.description))
    }
  }

  /// A session is in its full feature phase, and counts.
  func began(_ tsih: UInt16, _ counters: SessionCounters) {
    state.withLock { $0.counters[tsih] = counters }
  }

  func report(_ event: TargetEvent) { events(event) }

  func status(portals: [TargetConfiguration.Portal]) -> TargetStatus {
    let sessions = state.withLock { state in
      state.details.map { tsih, session in
        var session = session
        session.counters = state.counters[tsih]?.current ?? session.counters
        return session
      }
    }
    return TargetStatus(
      iqn: configuration.iqn, portals: portals.map(\.description),
      sessions: sessions.sorted { $0.tsih < $1.tsih }, units: units.map(\.status))
  }
}

extension LoginPolicy {
  init(_ configuration: TargetConfiguration) {
    self.init(
      targetName: configuration.iqn,
      chap: configuration.chap.map { CHAPCredentials($0, targetName: configuration.iqn) },
      primitives: .libcrypto,
      allowedInitiators: configuration.allowedInitiators, queueDepth: configuration.queueDepth)
    accounts = configuration.accounts.map {
      InitiatorAccount(
        initiator: $0.initiator, credentials: CHAPCredentials($0.chap, targetName: configuration.iqn))
    }
  }
}

extension CHAPCredentials {
  init(_ chap: TargetConfiguration.CHAP, targetName: String) {
    self.init(
      initiator: CHAPAccount(name: chap.user, secret: Array(chap.secret.utf8)),
      target: chap.targetSecret.map {
        CHAPAccount(name: chap.targetUser ?? targetName, secret: Array($0.utf8))
      })
  }
}

extension CHAPPrimitives {
  /// What libcrypto offers.
  static let libcrypto = CHAPPrimitives(
    digest: { algorithm, message in
      let digest: DigestAlgorithm =
        switch algorithm {
        case .md5: .md5
        case .sha1: .sha1
        case .sha256: .sha256
        case .sha3: .sha3
        }
      return try? digest.digest(message)
    },
    random: { try? Secrets.randomBytes($0) },
    equal: { Secrets.equal($0, $1) })
}
