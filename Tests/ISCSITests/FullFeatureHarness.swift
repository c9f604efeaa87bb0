import ISCSI

/// A session in its full feature phase, fed with requests.
struct FullFeatureHarness {
  var phase: FullFeaturePhase
  private var cmdSN: UInt32 = 100

  init(type: SessionType = .normal, depth: Int = 4, change: (inout OperationalParameters) -> Void = { _ in })
  {
    var parameters = OperationalParameters()
    parameters.initialR2T = false
    parameters.initiatorMaximumDataLength = 4096
    parameters.targetMaximumDataLength = 65_536
    parameters.firstBurstLength = 8192
    parameters.maximumBurstLength = 16_384
    change(&parameters)
    phase = FullFeaturePhase(
      login: EstablishedLogin(
        identity: LoginIdentity(initiatorName: "iqn.a", type: type, isid: ISID(1)), tsih: 1,
        parameters: parameters,
        numbers: SequenceNumbers(statSN: 10, expCmdSN: 100, maxCmdSN: 103), queueDepth: depth))
  }

  mutating func receive(_ bytes: [UInt8]) -> FullFeatureEvent? {
    withHeader(bytes) { phase.receive($0, additional: UnsafeRawBufferPointer(start: nil, count: 0)) }
  }

  /// Sends a command with the next CmdSN, unless `change` says otherwise.
  mutating func command(tag: UInt32, _ change: (inout SCSICommandPDU) -> Void = { _ in }) -> FullFeatureEvent?
  {
    var command = SCSICommandPDU(initiatorTaskTag: tag, cmdSN: cmdSN, cdb: CommandDescriptorBlock([0x2A]))
    change(&command)
    if !command.isImmediate, command.cmdSN == cmdSN { cmdSN &+= 1 }
    return receive(pdu { command.encode(to: $0) })
  }

  /// Sends a write and returns its slot.
  mutating func write(tag: UInt32, length: UInt32, immediate: Int = 0, isFinal: Bool = true) -> Int {
    let event = command(tag: tag) {
      $0.isWrite = true
      $0.isFinal = isFinal
      $0.expectedLength = length
      $0.dataLength = immediate
    }
    guard case .command(let slot, let taken) = event, taken == immediate else { return -1 }
    return slot
  }

  mutating func data(
    tag: UInt32, transfer: UInt32 = reservedTag, sn: UInt32, offset: UInt32, length: Int, isFinal: Bool
  ) -> FullFeatureEvent? {
    var data = DataOutPDU(
      initiatorTaskTag: tag, targetTransferTag: transfer, dataSN: sn, bufferOffset: offset, dataLength: length
    )
    data.isFinal = isFinal
    return receive(pdu { data.encode(to: $0) })
  }
}
