import BlockStore
import Glibc
import ISCSI
import Linux
import TargetService
import Testing

/// Units that come or grow while initiators are logged in.
@Suite struct ISCSIUnitChangeTests {
  private static let testUnitReady = CommandDescriptorBlock([0])

  @Test func aLateUnitNeedsNoRestart() async throws {
    try await ISCSITarget.with { target in
      let one = try ISCSIInitiator(target, name: "iqn.a:one", isid: 1)
      try one.login()
      let path = "\(target.directory)/late.img"
      try ISCSITarget.makeFile(path, bytes: 1 << 20)
      let store = try BlockStore.open(path: path)
      try target.server.add(unit: .init(lun: 5, store: store))
      #expect(throws: TargetError.lunUsedTwice(5)) {
        try target.server.add(unit: .init(lun: 5, store: store))
      }
      // REPORTED LUNS DATA HAS CHANGED, once.
      let sense = try one.sense(Self.testUnitReady)
      #expect(sense.key == 6 && sense.code == 0x3F0E)
      #expect(try one.command(Self.testUnitReady) == 0)
      one.close()
      #expect(await eventually { target.server.status().sessions.isEmpty })
      let listing = try await ISCSITarget.output("iscsi-ls", ["-s", target.url(lun: nil)])
      #expect(listing.text.contains("Lun:0 ") && listing.text.contains("Lun:5 "), "\(listing.text)")
      #expect(target.server.status().units.map(\.lun) == [0, 5])
    }
  }

  @Test func aSessionThatWasThereUsesTheLateUnit() async throws {
    try await ISCSITarget.with { target in
      let one = try ISCSIInitiator(target, name: "iqn.a:one", isid: 1)
      try one.login()
      one.lun = 5
      #expect(try one.sense(Self.testUnitReady).code == 0x2500)
      let path = "\(target.directory)/late.img"
      try ISCSITarget.makeFile(path, bytes: 1 << 20)
      try target.server.add(unit: .init(lun: 5, store: BlockStore.open(path: path)))
      #expect(try one.sense(Self.testUnitReady).code == 0x2900)
      let block = [UInt8](repeating: 3, count: 512)
      #expect(try one.command(.write10(lba: 9, blocks: 1), write: 512, dataOut: block) == 0)
      #expect(try one.read(.read10(lba: 9, blocks: 1), 512) == block)
      one.close()
    }
  }

  @Test func aUnitForOneWriterWaitsForTheOthers() async throws {
    try await ISCSITarget.with(mode: .readOnly) { target in
      let one = try ISCSIInitiator(target, name: "iqn.a:one", isid: 1)
      try one.login()
      let two = try ISCSIInitiator(target, name: "iqn.a:two", isid: 1)
      try two.login()
      let path = "\(target.directory)/late.img"
      try ISCSITarget.makeFile(path, bytes: 1 << 20)
      let store = try BlockStore.open(path: path)
      #expect(throws: TargetError.severalInitiators(lun: 1)) {
        try target.server.add(unit: .init(lun: 1, store: store))
      }
      two.close()
      #expect(await eventually { target.server.status().sessions.count == 1 })
      try target.server.add(unit: .init(lun: 1, store: store))
      // From now on it belongs to one name.
      let late = try await ISCSITarget.output("iscsi-inq", ["-i", "iqn.a:two", target.url()])
      #expect(!late.text.contains("Vendor:RAMDISK"))
      one.close()
    }
  }

  @Test func aDiskThatGrowsIsNoticed() async throws {
    try await ISCSITarget.with(megabytes: 4) { target in
      let one = try ISCSIInitiator(target, name: "iqn.a:one", isid: 1)
      try one.login()
      let beyond = CommandDescriptorBlock.read10(lba: 8192, blocks: 1)
      #expect(try one.sense(beyond).code == 0x2100)
      truncate("\(target.directory)/disk.img", 8 << 20)
      #expect(await target.events.waitFor { $0 == .unitResized(lun: 0, bytes: 8 << 20) })
      // CAPACITY DATA HAS CHANGED
      let sense = try one.sense(Self.testUnitReady)
      #expect(sense.key == 6 && sense.code == 0x2A09)
      #expect(try one.read(beyond, 512) == [UInt8](repeating: 0, count: 512))
      #expect(target.server.status().units.first?.bytes == 8 << 20)
      truncate("\(target.directory)/disk.img", 4 << 20)
      #expect(await target.events.waitFor { $0 == .unitResized(lun: 0, bytes: 4 << 20) })
      #expect(try one.sense(Self.testUnitReady).code == 0x2A09)
      #expect(try one.sense(beyond).code == 0x2100)
      one.close()
    }
  }
}
