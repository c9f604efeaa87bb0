import SCSI
import Testing

@Suite struct InquiryTests {
  private func inquiry(_ page: UInt8?, length: UInt16 = 255) -> [UInt8] {
    [0x12, page == nil ? 0 : 1, page ?? 0] + bytes(length) + [0]
  }

  @Test func standardDataNamesTheUnit() throws {
    let disk = try Disk()
    let answer = disk.run(inquiry(nil), disk.login())
    #expect(answer.dataIn.count == 96)
    #expect(answer.dataIn[0] == 0 && answer.dataIn[4] == 91)
    #expect(String(decoding: answer.dataIn[8..<36], as: UTF8.self) == "RAMDISK iSCSI disk      1.0 ")
  }

  @Test func allocationLengthCutsTheDataOnly() throws {
    let disk = try Disk()
    let answer = disk.run(inquiry(nil, length: 5), disk.login())
    #expect(answer.dataIn.count == 5 && answer.transferLength == 5)
    #expect(answer.dataIn[4] == 91)
    #expect(disk.run(inquiry(nil, length: 0), disk.login()).isGood)
  }

  @Test func supportedPagesAscendAndEachAnswers() throws {
    let disk = try Disk()
    let nexus = disk.login()
    let pages = disk.run(inquiry(0x00), nexus).dataIn
    #expect(Array(pages[4...]) == [0x00, 0x80, 0x83, 0x86, 0xB0, 0xB1, 0xB2, 0xB7])
    for page in pages[4...] {
      let data = disk.run(inquiry(page), nexus).dataIn
      #expect(data[1] == page)
      #expect(Int(data[2]) << 8 | Int(data[3]) == data.count - 4)
    }
    #expect(disk.run(inquiry(0x87), nexus).sense == 0x5_2400)
    #expect(disk.run([0x12, 0, 0x80, 0, 255, 0], nexus).sense == 0x5_2400)
  }

  @Test func identificationCarriesNAAFirst() throws {
    let disk = try Disk()
    let data = disk.run(inquiry(0x83), disk.login()).dataIn
    #expect(Array(data[4..<16]) == [0x01, 0x03, 0, 8, 0x31, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF])
    // Designators fill the page exactly.
    var offset = 4
    while offset < data.count { offset += 4 + Int(data[offset + 3]) }
    #expect(offset == data.count)
  }

  @Test func provisioningPagesFollowTheBacking() throws {
    let thin = try Disk(deallocation: .readsZeros)
    let thick = try Disk(deallocation: .unsupported)
    #expect(thin.run(inquiry(0xB2), thin.login()).dataIn[5] == 0xE4)
    let opaque = try Disk(deallocation: .readsAnything)
    #expect(opaque.run(inquiry(0xB2), opaque.login()).dataIn[5] == 0x80)
    #expect(thick.run(inquiry(0xB2), thick.login()).dataIn[5] == 0x00)
    #expect(thick.run(inquiry(0xB0), thick.login()).dataIn[20..<28].allSatisfy { $0 == 0 })
    let unmap: [UInt8] = [0x42, 0, 0, 0, 0, 0, 0, 0, 8, 0]
    #expect(thick.run(unmap, thick.login(), dataOut: pattern(8)).sense == 0x5_2000)
  }

  @Test func absentUnitsAnswerThreeCommands() throws {
    let disk = try Disk()
    let memory = UnsafeMutableRawBufferPointer.allocate(
      byteCount: CommandExecution.workspaceLength, alignment: 16)
    defer { memory.deallocate() }
    func start(_ cdb: [UInt8]) -> CommandStep {
      var execution = CommandExecution()
      return cdb.withUnsafeBytes {
        execution.start(cdb: $0, absentFrom: disk.inventory, expectedDataIn: 255, workspace: memory)
      }
    }
    #expect(start(inquiry(nil)) == .sendWorkspace(length: 96))
    #expect(memory[0] == 0x7F)
    #expect(start([0xA0, 0, 0, 0, 0, 0, 0, 0, 0, 64, 0, 0]) == .sendWorkspace(length: 16))
    #expect(start([0x03, 0, 0, 0, 18, 0]) == .sendWorkspace(length: 18))
    #expect(memory[2] == 5 && memory[12] == 0x25)
    #expect(start([0, 0, 0, 0, 0, 0]) == .finish(.checkCondition(.logicalUnitNotSupported)))
  }

  @Test func reportLUNsListsTheInventory() throws {
    let disk = try Disk()
    let nexus = disk.login()
    disk.inventory.add(disk.unit, at: try #require(LogicalUnitNumber(300)))
    _ = disk.run([0, 0, 0, 0, 0, 0], nexus)
    let answer = disk.run([0xA0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0], nexus).dataIn
    #expect(answer == [0, 0, 0, 16, 0, 0, 0, 0] + bytes(UInt64(0)) + bytes(UInt64(0x412C) << 48))
    #expect(disk.run([0xA0, 0, 0, 0, 0, 0, 0, 0, 0, 15, 0, 0], nexus).sense == 0x5_2400)
  }

  @Test func logicalUnitNumbersRoundTrip() throws {
    for value in [0, 1, 255, 256, 16_383] {
      let number = try #require(LogicalUnitNumber(value))
      #expect(LogicalUnitNumber(wire: number.wire) == number)
    }
    #expect(LogicalUnitNumber(16_384) == nil)
    #expect(LogicalUnitNumber(wire: 0xC101_0000_0000_0000) == nil)
    #expect(LogicalUnitNumber(wire: 1) == nil)
  }

  @Test func everyPortalGroupIsATargetPort() throws {
    let disk = try Disk(targetPorts: [2, 7])
    let nexus = disk.unit.attach(InitiatorPort(name: "iqn.2024-01.example:initiator", isid: 1), through: 7)
    disk.run([0, 0, 0, 0, 0, 0], nexus)
    let data = disk.run(inquiry(0x83), nexus).dataIn
    let port: [UInt8] = [0x51, 0x94, 0, 4, 0, 0, 0, 7, 0x51, 0x95, 0, 4, 0, 0, 0, 7]
    #expect(data.indices.contains { data[$0...].starts(with: port) })
    #expect(String(decoding: data, as: UTF8.self).contains("iqn.2024-01.example:disk,t,0x0007\0"))
    let groups = disk.run([0xA3, 0x0A, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0], nexus).dataIn
    #expect(
      groups == [0, 0, 0, 24, 0x80, 1, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0x80, 1, 0, 7, 0, 0, 0, 1, 0, 0, 0, 7])
    let extended = disk.run([0xA3, 0x2A, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0], nexus).dataIn
    #expect(Array(extended[..<8]) == [0, 0, 0, 28, 0x10, 0, 0, 0] && extended.count == 32)
  }
}
