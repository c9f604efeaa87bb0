/// What the target tells and demands at login: the same for all its sessions.
public struct LoginPolicy: Sendable {
  /// iSCSI name of the target.
  public var targetName: String
  public var portalGroupTag: UInt16
  /// nil lets initiators in without authentication.
  public var chap: CHAPCredentials?
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
    let name = initiatorName.lowercased()
    return allowedInitiators.isEmpty
      || allowedInitiators.contains { pattern in
        let pattern = pattern.lowercased()
        return pattern.hasSuffix("*") ? name.hasPrefix(pattern.dropLast()) : name == pattern
      }
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

  public init(
    initiatorName: String, initiatorAlias: String = "", type: SessionType, isid: ISID, cid: UInt16 = 0
  ) {
    self.initiatorName = initiatorName
    self.initiatorAlias = initiatorAlias
    self.type = type
    self.isid = isid
    self.cid = cid
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
