/// What a PDU of the full feature phase means for the target.
public enum FullFeatureEvent: Hashable, Sendable {
  /// A new SCSI command is in this slot; the data segment is its immediate data, `immediate` bytes of it to be taken.
  case command(slot: Int, immediate: Int)
  /// The data segment belongs to the task at this offset of its Data-Out.
  case data(slot: Int, offset: Int, length: Int)
  /// Data-Out of the task is out of order, too much, or was not asked for: nothing of it may be used. Once the task
  /// awaits no more data, end it with ABORTED COMMAND, PROTOCOL SERVICE CRC ERROR (RFC 7143 7.8, 7.9, 11.4.7.2).
  case badData(slot: Int)
  /// Answer with `nopIn(answering:)`.
  case ping(NOPOutPDU)
  /// Hand the data segment to `TextExchange`.
  case text(TextRequestPDU)
  case taskManagement(TaskManagementRequestPDU)
  case logout(LogoutRequestPDU)
  /// Nothing to do: outside the window, an answer to a ping, data of a task that was aborted.
  case ignore
  /// Not yet: hand the PDU in again when the session's `CommandWindow` has moved on with another connection.
  case wait
  /// Send a Reject; the connection goes on.
  case reject(RejectPDU.Reason)
  /// The initiator cannot be understood any longer: end the connection (RFC 7143 7.8, error recovery level 0).
  case fail(ProtocolViolation)
}

/// What an initiator did that ends its connection.
public enum ProtocolViolation: Error, Hashable, Sendable {
  case unexpectedOpcode(UInt8)
  case missingCommands(expected: UInt32, got: UInt32)
  case badAdditionalHeader
  case loginInFullFeature
}
