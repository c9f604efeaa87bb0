/// What the target tells and demands at login: the same for all its sessions.
public struct LoginPolicy: Sendable {
  /// iSCSI name of the target.
  public var targetName: String
  /// Tag of the group that the portal of the login is in.
  public var portalGroupTag: UInt16
  /// The account of all initiators that have none in `accounts`.
  public var chap: CHAPCredentials?
  /// Accounts of single initiators; without any, and without `chap`, initiators get in without authentication.
  public var accounts: [InitiatorAccount] = []
  /// Where normal sessions are sent instead.
  public var redirection: LoginRedirection?
  public var primitives: CHAPPrimitives
  /// Names of initiators; one that ends in `*` matches every name it begins. Empty allows all.
  public var allowedInitiators: [String]
  public var limits: OperationalLimits
  /// Commands that the initiator may have outstanding in a session.
  public var queueDepth: Int

  public init(
    targetName: String, portalGroupTag: UInt16 = 1, chap: CHAPCredentials? = nil,
    primitives: CHAPPrimitives, allowedInitiators: [String] = [], limits: OperationalLimits = .init(),
    queueDepth: Int = 128
  ) {
    self.targetName = targetName
    self.portalGroupTag = portalGroupTag
    self.chap = chap
    self.primitives = primitives
    self.allowedInitiators = allowedInitiators
    self.limits = limits
    self.queueDepth = queueDepth
  }

  /// Whether an initiator of that name may log in. Names compare in lower case (RFC 3722).
  public func allows(_ initiatorName: String) -> Bool {
    allowedInitiators.isEmpty || allowedInitiators.contains { Self.matches(initiatorName, $0) }
  }

  /// Whether somebody has to authenticate: then everybody does.
  var demandsAuthentication: Bool { chap != nil || !accounts.isEmpty }

  /// The account that an initiator authenticates with: the first that fits its name, or the one for all.
  func credentials(for initiatorName: String) -> CHAPCredentials? {
    accounts.first { Self.matches(initiatorName, $0.initiator) }?.credentials ?? chap
  }

  private static func matches(_ name: String, _ pattern: String) -> Bool {
    let (name, pattern) = (name.lowercased(), pattern.lowercased())
    return pattern.hasSuffix("*") ? name.hasPrefix(pattern.dropLast()) : name == pattern
  }
}

/// The CHAP account of one initiator.
public struct InitiatorAccount: Hashable, Sendable {
  /// Its name, or with `*` at the end the beginning of several.
  public var initiator: String
  public var credentials: CHAPCredentials

  public init(initiator: String, credentials: CHAPCredentials) {
    self.initiator = initiator
    self.credentials = credentials
  }
}

/// Another address of the target, for initiators that log in at this one.
public struct LoginRedirection: Hashable, Sendable {
  /// `192.0.2.1:3260`, `[2001:db8::1]:3260`: always with the port, which iPXE does not find out by itself.
  public var address: String
  public var isPermanent: Bool

  public init(address: String, isPermanent: Bool = false) {
    self.address = address
    self.isPermanent = isPermanent
  }
}

/// Type of a session (RFC 7143 4.3).
public enum SessionType: String, Hashable, Sendable {
  case normal = "Normal"
  case discovery = "Discovery"
}

/// Who wants to log in, as far as the login has told.
public struct LoginIdentity: Hashable, Sendable {
  public var initiatorName: String
  /// What the initiator calls itself; empty if it does not say.
  public var initiatorAlias: String
  public var type: SessionType
  public var isid: ISID
  public var cid: UInt16
  /// The session to join; 0 asks for a new one.
  public var tsih: UInt16
  /// Tag of the portal group that the login came through.
  public var portalGroupTag: UInt16

  public init(
    initiatorName: String, initiatorAlias: String = "", type: SessionType, isid: ISID, cid: UInt16 = 0,
    tsih: UInt16 = 0, portalGroupTag: UInt16 = 1
  ) {
    self.initiatorName = initiatorName
    self.initiatorAlias = initiatorAlias
    self.type = type
    self.isid = isid
    self.cid = cid
    self.tsih = tsih
    self.portalGroupTag = portalGroupTag
  }
}

/// A session ready for the full feature phase.
public struct EstablishedLogin: Hashable, Sendable {
  public var identity: LoginIdentity
  public var tsih: UInt16
  public var parameters: OperationalParameters
  /// The counters after the last login response.
  public var numbers: SequenceNumbers
  public var queueDepth: Int

  public init(
    identity: LoginIdentity, tsih: UInt16, parameters: OperationalParameters, numbers: SequenceNumbers,
    queueDepth: Int
  ) {
    self.identity = identity
    self.tsih = tsih
    self.parameters = parameters
    self.numbers = numbers
    self.queueDepth = queueDepth
  }
}
