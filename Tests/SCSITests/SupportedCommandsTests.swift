import SCSI
import Testing

@Suite struct SupportedCommandsTests {
  private func report(_ options: UInt8, _ code: UInt8 = 0, _ action: UInt16 = 0) -> [UInt8] {
    [0xA3, 0x0C, options, code] + bytes(action) + [0, 0, 0xFF, 0xFF, 0, 0]
  }

  @Test func everyListedCommandDescribesItself() throws {
    let disk = try Disk()
    let nexus = disk.login()
    let all = disk.run(report(0), nexus).dataIn
    #expect(all.count - 4 == Int(all[2]) << 8 | Int(all[3]))
    #expect(all.count > 400)
    for offset in stride(from: 4, to: all.count, by: 8) {
      let code = all[offset]
      let action = UInt16(all[offset + 2]) << 8 | UInt16(all[offset + 3])
      let hasAction = all[offset + 5] & 1 != 0
      let length = Int(all[offset + 7])
      #expect(length == [6, 10, 10, 0, 16, 12, 0, 0][Int(code >> 5)])
      let one = disk.run(report(hasAction ? 2 : 1, code, action), nexus).dataIn
      #expect(one[1] == 3 && one.count == 4 + length)
      #expect(one[4] == code)
      if hasAction { #expect(UInt16(one[5] & 0x1F) == action) }
      #expect(disk.run(report(hasAction ? 1 : 2, code, action), nexus).sense == 0x5_2400)
      #expect(disk.run(report(3, code, action), nexus).dataIn == one)
      // What is reported as supported is not an invalid operation code.
      #expect(disk.run([code, UInt8(action)] + [UInt8](repeating: 0, count: 14), nexus).sense != 0x5_2000)
    }
    let timed = disk.run(report(0x80), nexus).dataIn
    #expect(timed.count - 4 == (all.count - 4) / 8 * 20)
  }

  @Test func whatIsNotSupportedSaysSo() throws {
    let disk = try Disk(deallocation: .unsupported)
    let nexus = disk.login()
    #expect(disk.run(report(1, 0x42), nexus).dataIn == [0, 1, 0, 0])
    #expect(disk.run(report(1, 0x48), nexus).dataIn == [0, 1, 0, 0])
    #expect(disk.run(report(2, 0x9E, 0x11), nexus).dataIn == [0, 1, 0, 0])
    #expect(disk.run([0x9E, 0x11] + [UInt8](repeating: 0, count: 14), nexus).sense == 0x5_2400)
    #expect(disk.run([0x48] + [UInt8](repeating: 0, count: 15), nexus).sense == 0x5_2000)
  }

  @Test func taskManagementFunctionsAreReported() throws {
    let disk = try Disk()
    let nexus = disk.login()
    let short: [UInt8] = [0xA3, 0x0D, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0]
    #expect(disk.run(short, nexus).dataIn == [0xD8, 0, 0, 0])
    let long: [UInt8] = [0xA3, 0x0D, 0x80, 0, 0, 0, 0, 0, 0, 16, 0, 0]
    #expect(disk.run(long, nexus).dataIn.count == 16)
    #expect(disk.run([0xA3, 0x0D, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0], nexus).sense == 0x5_2400)
  }

  @Test func stoppingFlushesAndLeavesTheUnitReady() throws {
    let disk = try Disk()
    let nexus = disk.login()
    #expect(disk.run([0x1B, 0, 0, 0, 0, 0], nexus).isGood)
    #expect(disk.steps == [.flush])
    #expect(disk.run([0x1B, 0, 0, 0, 1, 0], nexus).isGood)
    #expect(disk.steps.isEmpty)
    #expect(disk.run([0x1B, 0, 0, 0, 2, 0], nexus).sense == 0x5_2400)
    // Beside a power condition LOEJ counts for nothing.
    #expect(disk.run([0x1B, 0, 0, 0, 0x32, 0], nexus).isGood)
    #expect(disk.run([0, 0, 0, 0, 0, 0], nexus).isGood)
  }
}
