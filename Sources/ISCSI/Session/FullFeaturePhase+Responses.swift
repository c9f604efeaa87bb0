extension FullFeaturePhase {
  /// Takes the next StatSN.
  @inline(__always) private mutating func nextNumbers() -> SequenceNumbers {
    defer { statSN &+= 1 }
    return numbers
  }

  /// How many bytes the next Data-In PDU of a task may carry.
  @inline(__always) public func dataInLimit(_ slot: Int) -> Int {
    min(
      login.parameters.initiatorMaximumDataLength,
      login.parameters.maximumBurstLength - tasks[slot].sentInBurst)
  }

  /// The header of the next Data-In PDU of a task, with `length` bytes, at most `dataInLimit`.
  ///
  /// - Parameters:
  ///   - isLast: no more data follows.
  ///   - good: with the last data, when the command has ended with status GOOD: the status rides along, and the task
  ///     is over. Any other status needs a SCSI Response (RFC 7143 11.7.3: iPXE fails on one here).
  @inline(__always)
  public mutating func dataIn(_ slot: Int, length: Int, isLast: Bool, good: Residual? = nil) -> DataInPDU {
    let task = tasks[slot]
    var pdu = DataInPDU(
      initiatorTaskTag: task.initiatorTaskTag, numbers: numbers, dataSN: task.dataSN,
      bufferOffset: UInt32(truncatingIfNeeded: task.sent), dataLength: length)
    let burst = task.sentInBurst + length
    let endsBurst = isLast || burst >= login.parameters.maximumBurstLength
    pdu.isFinal = endsBurst
    tasks[slot].dataSN = task.dataSN &+ 1
    tasks[slot].sent = task.sent + length
    tasks[slot].sentInBurst = endsBurst ? 0 : burst
    guard isLast, let good else { return pdu }
    pdu.hasStatus = true
    pdu.residual = good
    release(slot)
    // MaxCmdSN with the slot given back: one round trip earlier for the initiator.
    pdu.numbers = nextNumbers()
    return pdu
  }

  /// Ends a task with a SCSI Response; `senseLength` bytes of data segment go with it.
  public mutating func response(
    _ slot: Int, status: UInt8, residual: Residual, dataLength: Int = 0
  ) -> SCSIResponsePDU {
    let task = tasks[slot]
    release(slot)
    var pdu = SCSIResponsePDU(
      status: status, initiatorTaskTag: task.initiatorTaskTag, numbers: nextNumbers())
    pdu.residual = residual
    pdu.expDataSN = task.dataSN
    pdu.dataLength = dataLength
    return pdu
  }

  /// Says that the command takes its Data-Out up to `end`; never more than the initiator expects to send.
  @inline(__always) public mutating func demand(_ slot: Int, upTo end: Int) {
    tasks[slot].demanded = min(end, tasks[slot].expectedDataOut)
  }

  /// The R2T that is due for a task: nothing on its way, and more demanded than received.
  public mutating func readyToTransfer(_ slot: Int) -> ReadyToTransferPDU? {
    let task = tasks[slot]
    guard task.isActive, !task.awaitsData, !task.hasBadData, task.received < task.demanded else { return nil }
    let length = min(task.demanded - task.received, login.parameters.maximumBurstLength)
    tasks[slot].solicited = task.received + length
    tasks[slot].nextDataOutSN = 0
    tasks[slot].dataSN = task.dataSN &+ 1
    return ReadyToTransferPDU(
      lun: task.lun, initiatorTaskTag: task.initiatorTaskTag,
      targetTransferTag: UInt32(task.generation) << 16 | UInt32(truncatingIfNeeded: slot), numbers: numbers,
      r2tSN: task.dataSN, bufferOffset: UInt32(truncatingIfNeeded: task.received),
      desiredLength: UInt32(truncatingIfNeeded: length))
  }

  /// The answer to a ping; `dataLength` of its bytes are to be sent back.
  public mutating func nopIn(answering ping: NOPOutPDU) -> NOPInPDU {
    var pdu = NOPInPDU(initiatorTaskTag: ping.initiatorTaskTag, numbers: nextNumbers())
    pdu.lun = ping.lun
    pdu.dataLength = min(ping.dataLength, login.parameters.initiatorMaximumDataLength)
    return pdu
  }

  /// A ping of the target's own. It uses up no StatSN (RFC 7143 11.19.2).
  public mutating func nopIn(pinging tag: UInt32) -> NOPInPDU {
    var pdu = NOPInPDU(initiatorTaskTag: reservedTag, numbers: numbers)
    pdu.targetTransferTag = tag
    return pdu
  }

  public mutating func taskManagementResponse(
    _ outcome: TaskManagementOutcome, to request: TaskManagementRequestPDU
  ) -> TaskManagementResponsePDU {
    TaskManagementResponsePDU(
      outcome: outcome, initiatorTaskTag: request.initiatorTaskTag, numbers: nextNumbers())
  }

  public mutating func logoutResponse(
    _ outcome: LogoutResponsePDU.Outcome, to request: LogoutRequestPDU
  ) -> LogoutResponsePDU {
    LogoutResponsePDU(
      outcome: outcome, initiatorTaskTag: request.initiatorTaskTag, numbers: nextNumbers())
  }

  public mutating func textResponse(to request: TextRequestPDU) -> TextResponsePDU {
    TextResponsePDU(initiatorTaskTag: request.initiatorTaskTag, numbers: nextNumbers())
  }

  public mutating func reject(_ reason: RejectPDU.Reason) -> RejectPDU {
    RejectPDU(reason: reason, numbers: nextNumbers())
  }

  /// A message that the initiator did not ask for.
  public mutating func asyncMessage(_ event: AsyncMessagePDU.Event) -> AsyncMessagePDU {
    AsyncMessagePDU(event: event, numbers: nextNumbers())
  }
}
