import BlockStore
import ISCSI
import Linux
import TargetService
import Testing

/// EXTENDED COPY where each machine has layers of its own.
@Suite struct ISCSIOverlayCopyTests {
  /// EXTENDED COPY between the initiator's own layers of two disks; the bases stay as they are.
  @Test func copiesGoFromLayerToLayer() async throws {
    var settings = ISCSITarget.Settings()
    settings.prepare = { path in try writeFile(path, [UInt8](repeating: 0x5A, count: 8 << 20)) }
    try await ISCSITarget.with(megabytes: 8, mode: .overlay, settings) { target in
      let path = "\(target.directory)/second.img"
      try ISCSITarget.makeFile(path, bytes: 8 << 20)
      let second = try BlockStore.open(path: path, options: BlockStoreOptions(mode: .overlay))
      try target.server.add(unit: .init(lun: 1, store: second))
      let before = try readFile("\(target.directory)/disk.img", limit: 16 << 20)
      let one = try ISCSIInitiator(target, name: "iqn.a:one", isid: 1)
      try one.login()
      let (own, base) = ([UInt8](repeating: 0x11, count: 512), [UInt8](repeating: 0x5A, count: 512))
      #expect(try one.command(.write10(lba: 1, blocks: 1), write: 512, dataOut: own) == 0)
      let list = Self.copyList(from: target.store, to: second, blocks: 100)
      let copy = CommandDescriptorBlock([0x83, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, UInt8(list.count)])
      #expect(try one.command(copy, write: list.count, dataOut: list) == 0)
      one.lun = 1
      _ = try one.command(CommandDescriptorBlock([0]))
      #expect(try one.read(.read10(lba: 0, blocks: 1), 512) == base)
      #expect(try one.read(.read10(lba: 1, blocks: 1), 512) == own)
      #expect(try one.read(.read10(lba: 99, blocks: 1), 512) == base)
      #expect(try one.read(.read10(lba: 100, blocks: 1), 512) == [UInt8](repeating: 0, count: 512))
      // Another machine has nothing of it, and neither have the images.
      let two = try ISCSIInitiator(target, name: "iqn.a:two", isid: 1)
      try two.login()
      two.lun = 1
      _ = try two.command(CommandDescriptorBlock([0]))
      #expect(try two.read(.read10(lba: 1, blocks: 1), 512) == [UInt8](repeating: 0, count: 512))
      #expect(try readFile("\(target.directory)/disk.img", limit: 16 << 20) == before)
      #expect(try readFile(path, limit: 16 << 20).allSatisfy { $0 == 0 })
      // What another session of the same machine has reserved is not copied to: COPY ABORTED.
      let other = try ISCSIInitiator(target, name: "iqn.a:one", isid: 2)
      try other.login()
      other.lun = 1
      _ = try other.command(CommandDescriptorBlock([0]))
      #expect(try other.command(CommandDescriptorBlock([0x16, 0, 0, 0, 0, 0])) == 0)
      one.lun = 0
      #expect(try one.sense(copy, write: list.count, dataOut: list).key == 0xA)
      for initiator in [one, two, other] { initiator.close() }
    }
  }

  /// The parameter list of an EXTENDED COPY of the first blocks.
  private static func copyList(from source: BlockStore, to destination: BlockStore, blocks: UInt8) -> [UInt8]
  {
    let targets = [source, destination].flatMap { store -> [UInt8] in
      let naa = withUnsafeBytes(of: store.identity.naa.bigEndian) { Array($0) }
      return [0xE4, 0, 0, 0, 1, 3, 0, 8] + naa + [UInt8](repeating: 0, count: 12) + [0, 0, 2, 0]
    }
    let segment: [UInt8] = [2, 0, 0, 24, 0, 0, 0, 1, 0, 0, 0, blocks] + [UInt8](repeating: 0, count: 16)
    return [1, 0, 0, UInt8(targets.count), 0, 0, 0, 0, 0, 0, 0, UInt8(segment.count), 0, 0, 0, 0] + targets
      + segment
  }
}
