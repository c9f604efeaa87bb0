/// What happened at a target, for the console and the page.
public enum TargetEvent: Hashable, Sendable {
  case listening(portal: String)
  case loggedIn(initiator: String, address: String)
  /// `initiator` is nil where it did not get as far as its name.
  case loginRefused(initiator: String?, address: String, reason: String)
  /// The session is over: by logout or otherwise, as `reason` says.
  case loggedOut(initiator: String, address: String, reason: String)
  /// A unit's medium failed a request.
  case unitFailed(lun: Int, reason: String)
  /// A unit's medium has another size than before.
  case unitResized(lun: Int, bytes: UInt64)
  /// Another disc lies in a unit's drive.
  case discExchanged(lun: Int, bytes: UInt64)
  /// An initiator destroys the contents of a unit's disk by SANITIZE.
  case sanitizeBegan(lun: Int, initiator: String)
  /// That is over; if not with success, what is left of the contents is not destroyed.
  case sanitizeEnded(lun: Int, succeeded: Bool)
  /// An initiator has used up what its overlay may take; told once.
  case overlayFull(lun: Int, initiator: String)
  case stopped
}
