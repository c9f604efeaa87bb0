import ISCSI
import Testing

@Suite struct PDUTests {
  private let numbers = SequenceNumbers(statSN: 0x0102_0304, expCmdSN: 0x1112_1314, maxCmdSN: 0x2122_2324)

  @Test func commandHasItsFieldsWhereTheStandardPutsThem() {
    // A READ (10) of 8 blocks as libiscsi sends it (RFC 7143 11.3).
    var bytes: [UInt8] = [0x01, 0xC1, 0, 0, 0, 0, 0, 0]
    bytes += [0, 3, 0, 0, 0, 0, 0, 0, 0xAA, 0xBB, 0xCC, 0xDD, 0, 0, 0x10, 0]
    bytes += [0, 0, 0, 7, 0, 0, 0, 9, 0x28, 0, 0, 0, 0, 1, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0]
    let command = withHeader(bytes) { SCSICommandPDU($0) }
    #expect(command?.isFinal == true)
    #expect(command?.isRead == true)
    #expect(command?.isWrite == false)
    #expect(command?.attribute == 1)
    #expect(command?.lun == 0x0003_0000_0000_0000)
    #expect(command?.initiatorTaskTag == 0xAABB_CCDD)
    #expect(command?.expectedLength == 4096)
    #expect(command?.cmdSN == 7)
    #expect(command?.expStatSN == 9)
    #expect(command?.cdb == CommandDescriptorBlock([0x28, 0, 0, 0, 0, 1, 0, 0, 8]))
    #expect(pdu { command?.encode(to: $0) } == bytes)
  }

  @Test func requestsSurviveEncodingAndDecoding() {
    var command = SCSICommandPDU(initiatorTaskTag: 1, cmdSN: 2, cdb: CommandDescriptorBlock(0..<16))
    command.isImmediate = true
    command.isFinal = false
    command.isWrite = true
    command.expectedLength = 0xFFFF_FFFF
    command.dataLength = 0xABCDEF
    #expect(withHeader(pdu { command.encode(to: $0) }) { SCSICommandPDU($0) } == command)

    var data = DataOutPDU(
      initiatorTaskTag: 3, targetTransferTag: 4, dataSN: 5, bufferOffset: 6, dataLength: 0x012345)
    data.isFinal = false
    data.lun = 7
    #expect(withHeader(pdu { data.encode(to: $0) }) { DataOutPDU($0) } == data)

    var login = LoginRequestPDU(initiatorTaskTag: 8, cmdSN: 9)
    login.wantsTransit = true
    login.nextStage = .operational
    login.isid = ISID(0x8012_3456_789A)
    login.tsih = 0xFEDC
    login.cid = 3
    #expect(withHeader(pdu { login.encode(to: $0) }) { LoginRequestPDU($0) } == login)

    let text = TextRequestPDU(initiatorTaskTag: 10, cmdSN: 11)
    #expect(withHeader(pdu { text.encode(to: $0) }) { TextRequestPDU($0) } == text)
    let logout = LogoutRequestPDU(reason: .closeConnection, initiatorTaskTag: 12, cmdSN: 13)
    #expect(withHeader(pdu { logout.encode(to: $0) }) { LogoutRequestPDU($0) } == logout)
    let nop = NOPOutPDU(initiatorTaskTag: 14, cmdSN: 15)
    #expect(withHeader(pdu { nop.encode(to: $0) }) { NOPOutPDU($0) } == nop)
    let management = TaskManagementRequestPDU(function: .logicalUnitReset, initiatorTaskTag: 16, cmdSN: 17)
    #expect(withHeader(pdu { management.encode(to: $0) }) { TaskManagementRequestPDU($0) } == management)
  }

  @Test func responsesSurviveEncodingAndDecoding() {
    var response = SCSIResponsePDU(status: 2, initiatorTaskTag: 1, numbers: numbers)
    response.residual = .underflow(512)
    response.expDataSN = 3
    response.dataLength = 20
    #expect(withHeader(pdu { response.encode(to: $0) }) { SCSIResponsePDU($0) } == response)

    var data = DataInPDU(initiatorTaskTag: 2, numbers: numbers, dataSN: 3, bufferOffset: 4, dataLength: 5)
    data.isFinal = true
    data.hasStatus = true
    data.residual = .overflow(9)
    #expect(withHeader(pdu { data.encode(to: $0) }) { DataInPDU($0) } == data)

    let request = ReadyToTransferPDU(
      lun: 1, initiatorTaskTag: 2, targetTransferTag: 3, numbers: numbers, r2tSN: 4, bufferOffset: 5,
      desiredLength: 6)
    #expect(withHeader(pdu { request.encode(to: $0) }) { ReadyToTransferPDU($0) } == request)

    var login = LoginResponsePDU(initiatorTaskTag: 4, numbers: numbers)
    login.isTransit = true
    login.nextStage = .fullFeature
    login.currentStage = .operational
    login.tsih = 77
    login.status = .authorizationFailure
    #expect(withHeader(pdu { login.encode(to: $0) }) { LoginResponsePDU($0) } == login)

    let text = TextResponsePDU(initiatorTaskTag: 5, numbers: numbers)
    #expect(withHeader(pdu { text.encode(to: $0) }) { TextResponsePDU($0) } == text)
    let logout = LogoutResponsePDU(outcome: .recoveryNotSupported, initiatorTaskTag: 6, numbers: numbers)
    #expect(withHeader(pdu { logout.encode(to: $0) }) { LogoutResponsePDU($0) } == logout)
    let nop = NOPInPDU(initiatorTaskTag: reservedTag, numbers: numbers)
    #expect(withHeader(pdu { nop.encode(to: $0) }) { NOPInPDU($0) } == nop)
    let reject = RejectPDU(reason: .snackReject, numbers: numbers)
    #expect(withHeader(pdu { reject.encode(to: $0) }) { RejectPDU($0) } == reject)
    let management = TaskManagementResponsePDU(
      outcome: .lunDoesNotExist, initiatorTaskTag: 7, numbers: numbers)
    #expect(withHeader(pdu { management.encode(to: $0) }) { TaskManagementResponsePDU($0) } == management)
  }

  @Test func additionalHeadersAreCheckedAgainstTheirLength() {
    func parse(_ bytes: [UInt8]) -> AdditionalHeaders? { bytes.withUnsafeBytes { AdditionalHeaders($0) } }
    // Expected bidirectional read data length: AHSLength 5, type 2, reserved, 4 bytes (11.2.2.4).
    #expect(parse([0, 5, 2, 0, 0, 0, 0x10, 0])?.bidirectionalReadLength == 4096)
    // Extended CDB of 20 bytes: four beyond the sixteenth.
    #expect(parse([0, 5, 1, 0, 1, 2, 3, 4])?.extendedCDBLength == 4)
    #expect(parse([0, 9, 1, 0, 1, 2, 3, 4]) == nil)
    #expect(parse([0, 0, 1, 0]) == nil)
    #expect(parse([0, 5, 2, 0, 0, 0, 0, 1, 0, 5, 2, 0, 0, 0, 0, 1]) == nil)
  }
}
