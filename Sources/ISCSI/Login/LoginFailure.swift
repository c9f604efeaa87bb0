/// Why a login was refused: for people, without secrets, and as the status for the initiator.
public enum LoginFailure: Error, Hashable, Sendable, CustomStringConvertible {
  case version(minimum: UInt8)
  case malformedText(TextError)
  case negotiation(String)
  case protocolError(String)
  case missingKey(String)
  /// InitiatorName is none that could be told apart, kept and named in SCSI.
  case initiatorName(String)
  case sessionType(String)
  case targetUnknown(String)
  case initiatorNotAllowed(String)
  case authenticationRequired
  case authenticationNotOffered(String)
  case chapAlgorithm(offered: String)
  case chapIncomplete
  case chapName(String)
  case chapSecret(String)
  case chapMutualNotConfigured
  /// Others have accounts, this initiator has none.
  case noAccount(String)
  case chapReflection
  case noRandomNumbers
  case anotherConnection
  case sessionDoesNotExist(UInt16)
  /// All connections of a session are in one portal group (RFC 7143 4.4.3).
  case otherPortalGroup(UInt16)
  /// A read-write unit belongs to one initiator name at a time.
  case inUse(by: String)
  case tooManySessions
  /// A unit cannot be had, for example because its overlay does not fit; the text says why.
  case unitUnavailable(String)
  case tooManyFailures
  case stopping

  /// The status sent to the initiator.
  public var status: LoginStatus {
    switch self {
    case .version: .unsupportedVersion
    case .malformedText, .negotiation, .protocolError, .initiatorName: .initiatorError
    case .missingKey: .missingParameter
    case .sessionType: .sessionTypeNotSupported
    case .targetUnknown: .targetNotFound
    case .initiatorNotAllowed, .inUse: .authorizationFailure
    case .authenticationRequired, .authenticationNotOffered, .chapAlgorithm, .chapIncomplete, .chapName,
      .chapSecret, .chapMutualNotConfigured, .noAccount, .chapReflection:
      .authenticationFailure
    case .noRandomNumbers: .targetError
    case .anotherConnection: .tooManyConnections
    case .sessionDoesNotExist: .sessionDoesNotExist
    case .otherPortalGroup: .cannotIncludeInSession
    case .tooManySessions, .unitUnavailable: .outOfResources
    case .tooManyFailures, .stopping: .serviceUnavailable
    }
  }

  public var description: String {
    switch self {
    case .version(let minimum): "it speaks no version of iSCSI below \(minimum); the only one is 0"
    case .malformedText(let error): "its text cannot be read (\(error))"
    case .negotiation(let key): "it negotiates \(key) twice or with a value out of range"
    case .protocolError(let what): "it breaks the login protocol: \(what)"
    case .missingKey(let key): "it did not send \(key)"
    case .initiatorName(let name):
      "its name \(name.prefix(64)) is no iSCSI name: 223 bytes at most, and no commas; give it another one"
    case .sessionType(let type): "there is no session type \(type)"
    case .targetUnknown(let name): "there is no target \(name) here"
    case .initiatorNotAllowed(let name): "\(name) is not among the allowed initiators"
    case .authenticationRequired: "it has to authenticate by CHAP, and did not offer to"
    case .authenticationNotOffered(let methods): "it insists on \(methods), which is not set up here"
    case .chapAlgorithm(let offered): "it offers the CHAP algorithms \(offered), none of which works here"
    case .chapIncomplete: "its CHAP answer is incomplete or unreadable"
    case .chapName(let name): "there is no CHAP user \(name)"
    case .chapSecret(let name): "the CHAP secret of \(name) is wrong"
    case .chapMutualNotConfigured: "it wants the target to authenticate itself, which is not set up here"
    case .noAccount(let name): "\(name) has no CHAP account here"
    case .chapReflection: "it sent our own CHAP challenge back to us"
    case .noRandomNumbers: "there are no random numbers for a CHAP challenge"
    case .anotherConnection: "it wants more connections in one session than were agreed on"
    case .sessionDoesNotExist(let tsih): "there is no session \(tsih) of it"
    case .otherPortalGroup(let tag): "its session is at portal group \(tag), and stays there"
    case .inUse(let name): "the disk is in use by \(name)"
    case .tooManySessions: "there are as many sessions as the target takes"
    case .unitUnavailable(let reason): reason
    case .tooManyFailures: "too many logins failed from that address; wait a minute"
    case .stopping: "the target is stopping"
    }
  }
}
