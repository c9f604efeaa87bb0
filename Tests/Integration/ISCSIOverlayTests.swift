import BlockStore
import Glibc
import ISCSI
import Linux
import TargetService
import Testing

/// Several machines on one golden image, by initiators that nobody here wrote and by one that sees sense data.
@Suite struct ISCSIOverlayTests {
  private static let golden = 0x5A

  /// A disk full of 5A, shared as overlays.
  private func onGoldenImage(
    _ overlays: OverlayOptions = OverlayOptions(), _ body: (ISCSITarget) async throws -> Void
  ) async throws {
    var settings = ISCSITarget.Settings()
    settings.overlays = overlays
    settings.prepare = { path in
      let fill = try await ISCSITarget.output(
        "qemu-io", ["-f", "raw", "-c", "write -P 0x5a 0 8M", path])
      try #require(fill.succeeded, "\(fill.text)")
    }
    try await ISCSITarget.with(megabytes: 8, mode: .overlay, settings, body)
  }

  /// Runs commands of qemu-io on the unit under an initiator's name; whether each read what it expected.
  private func io(_ target: ISCSITarget, as name: String, _ commands: [String]) async throws -> String {
    let arguments = commands.flatMap { ["-c", $0] }
    let result = try await ISCSITarget.output(
      "qemu-io",
      arguments + [
        "-d", "unmap", "--image-opts",
        "driver=raw,file.driver=iscsi,file.transport=tcp,file.portal=127.0.0.1:\(target.port),"
          + "file.target=\(ISCSITarget.iqn),file.lun=0,file.initiator-name=\(name)",
      ])
    return result.text
  }

  private func digest(_ target: ISCSITarget) async throws -> String {
    try await ISCSITarget.output("sha256sum", ["\(target.directory)/disk.img"]).text
  }

  private func mismatches(_ text: String) -> Bool {
    text.contains("Pattern verification failed") || text.contains("error") || text.contains("failed")
      || text.contains("Failed")
  }

  @Test(arguments: [false, true]) func twoMachinesSeeTheirOwnWrites(inFiles: Bool) async throws {
    let directory = try Scratch()
    let options =
      inFiles ? OverlayOptions(place: .directory(directory.path), lifetime: .always) : OverlayOptions()
    try await onGoldenImage(options) { target in
      let before = try await digest(target)
      let first = try await io(
        target, as: "iqn.a:one",
        [
          "read -P 0x5a 0 8M", "write -P 0x11 0 1M", "write -P 0x12 1049088 512", "discard 2M 1M", "flush",
          "read -P 0x11 0 1M", "read -P 0x5a 1M 512", "read -P 0x12 1049088 512", "read -P 0 2M 1M",
          "read -P 0x5a 3M 5M",
        ])
      #expect(!mismatches(first), "\(first)")
      let second = try await io(
        target, as: "iqn.a:two",
        [
          "read -P 0x5a 0 8M", "write -P 0x22 0 64k", "write -z 64k 64k", "read -P 0x22 0 64k",
          "read -P 0 64k 64k", "read -P 0x5a 128k 7M",
        ])
      #expect(!mismatches(second), "\(second)")
      // Another session of the first finds what it wrote.
      let again = try await io(
        target, as: "iqn.a:one", ["read -P 0x11 0 1M", "read -P 0x12 1049088 512", "read -P 0 2M 1M"])
      #expect(!mismatches(again), "\(again)")
      #expect(try await digest(target) == before)
      let overlays = try #require(target.server.status().units.first?.overlays)
      #expect(overlays.map(\.initiator) == ["iqn.a:one", "iqn.a:two"])
      #expect(overlays.first?.usedBytes == 1 << 20 + 4096)
      #expect(overlays.allSatisfy { $0.isPersistent == inFiles })
    }
  }

  @Test func bothAreLoggedInAtOnce() async throws {
    try await onGoldenImage { target in
      let one = try ISCSIInitiator(target, name: "iqn.a:one", isid: 1)
      try one.login()
      let two = try ISCSIInitiator(target, name: "iqn.a:two", isid: 1)
      try two.login()
      let block = [UInt8](repeating: 1, count: 512)
      #expect(try one.command(.write10(lba: 0, blocks: 1), write: 512, dataOut: block) == 0)
      #expect(try two.read(.read10(lba: 0, blocks: 1), 512) == [UInt8](repeating: 0x5A, count: 512))
      #expect(try one.read(.read10(lba: 0, blocks: 1), 512) == block)
      // A reservation of one is no matter of the other: their disks are two.
      #expect(try one.command(CommandDescriptorBlock([0x16, 0, 0, 0, 0, 0])) == 0)
      #expect(try two.command(CommandDescriptorBlock([0])) == 0)
      #expect(throws: OverlayRefusal.inUse(initiator: "iqn.a:one")) {
        try target.server.discardOverlay(of: "iqn.a:one", lun: 0)
      }
      one.close()
      two.close()
    }
  }

  @Test func aLabOfSixtyFourMachines() async throws {
    try await onGoldenImage { target in
      let before = try await digest(target)
      let machines = try (0..<64).map { number in
        let machine = try ISCSIInitiator(target, name: "iqn.a:machine\(number)", isid: 1)
        try machine.login()
        return machine
      }
      let own = { (number: Int) in [UInt8](repeating: UInt8(number), count: 4096) }
      let base = [UInt8](repeating: 0x5A, count: 4096)
      for (number, machine) in machines.enumerated() {
        let place = CommandDescriptorBlock.write10(lba: number * 8, blocks: 8)
        #expect(try machine.command(place, write: 4096, dataOut: own(number)) == 0)
      }
      for (number, machine) in machines.enumerated() {
        #expect(try machine.read(.read10(lba: number * 8, blocks: 8), 4096) == own(number))
        #expect(try machine.read(.read10(lba: (number + 1) % 64 * 8, blocks: 8), 4096) == base)
      }
      let overlays = try #require(target.server.status().units.first?.overlays)
      #expect(overlays.count == 64 && overlays.allSatisfy { $0.usedBytes == 4096 && $0.isInUse })
      for machine in machines { machine.close() }
      #expect(try await digest(target) == before)
    }
  }

  @Test func aFullOverlaySaysSoAndOthersLiveOn() async throws {
    try await onGoldenImage(OverlayOptions(limit: 8 * 4096)) { target in
      let one = try ISCSIInitiator(target, name: "iqn.a:one", isid: 1)
      try one.login()
      let block = [UInt8](repeating: 1, count: 4096)
      for index in 0..<8 {
        #expect(try one.command(.write10(lba: index * 8, blocks: 8), write: 4096, dataOut: block) == 0)
      }
      // DATA PROTECT, SPACE ALLOCATION FAILED WRITE PROTECT
      let sense = try one.sense(.write10(lba: 800, blocks: 8), write: 4096, dataOut: block)
      #expect(sense.key == 0x7 && sense.code == 0x2707)
      #expect(await target.events.waitFor { $0 == .overlayFull(lun: 0, initiator: "iqn.a:one") })
      // What has its place can be read and written as before.
      #expect(try one.command(.write10(lba: 0, blocks: 8), write: 4096, dataOut: block) == 0)
      #expect(try one.read(.read10(lba: 800, blocks: 8), 4096) == [UInt8](repeating: 0x5A, count: 4096))
      let two = try await io(target, as: "iqn.a:two", ["write -P 0x22 0 32k", "read -P 0x22 0 32k"])
      #expect(!mismatches(two), "\(two)")
      one.close()
    }
  }

  @Test func anOverlayThatDoesNotFitIsRefusedAtLogin() async throws {
    let directory = try Scratch()
    try writeFile("\(directory.path)/lun0-iqn.a:one.overlay", Array("something else".utf8))
    let options = OverlayOptions(place: .directory(directory.path), lifetime: .always)
    try await onGoldenImage(options) { target in
      let refused = try await io(target, as: "iqn.a:one", ["read 0 512"])
      #expect(mismatches(refused))
      #expect(
        await target.events.waitFor {
          if case .loginRefused("iqn.a:one", _, let reason) = $0 {
            return reason.contains("it is not an overlay")
          }
          return false
        })
      #expect(!mismatches(try await io(target, as: "iqn.a:two", ["read -P 0x5a 0 512"])))
      // Nothing of the refused login is left.
      #expect(target.server.status().sessions.isEmpty)
    }
  }

  @Test func overlaysEndWithTheLogout() async throws {
    try await onGoldenImage(OverlayOptions(lifetime: .session)) { target in
      let first = try await io(target, as: "iqn.a:one", ["write -P 0x11 0 64k", "read -P 0x11 0 64k"])
      #expect(!mismatches(first), "\(first)")
      let fresh = try await io(target, as: "iqn.a:one", ["read -P 0x5a 0 64k"])
      #expect(!mismatches(fresh), "\(fresh)")
      // One that loses its connection comes back to what it had.
      let lost = try ISCSIInitiator(target, name: "iqn.a:two", isid: 1)
      try lost.login()
      let block = [UInt8](repeating: 7, count: 512)
      #expect(try lost.command(.write10(lba: 0, blocks: 1), write: 512, dataOut: block) == 0)
      lost.close()
      let again = try ISCSIInitiator(target, name: "iqn.a:two", isid: 1)
      try again.login()
      #expect(try again.read(.read10(lba: 0, blocks: 1), 512) == block)
      again.close()
    }
  }

  @Test func committingWritesTheGoldenImage() async throws {
    try await onGoldenImage { target in
      let first = try await io(target, as: "iqn.a:one", ["write -P 0x11 0 64k", "discard 1M 1M"])
      #expect(!mismatches(first), "\(first)")
      #expect(await eventually { target.server.status().sessions.isEmpty })
      try target.server.commitOverlay(of: "iqn.a:one", lun: 0)
      #expect(target.server.overlays()[0]?.isEmpty == true)
      let other = try await io(
        target, as: "iqn.a:two", ["read -P 0x11 0 64k", "read -P 0 1M 1M", "read -P 0x5a 2M 6M"])
      #expect(!mismatches(other), "\(other)")
    }
  }
}

extension CommandDescriptorBlock {
  static func write10(lba: Int, blocks: Int, fua: Bool = false) -> CommandDescriptorBlock {
    transfer(0x2A, lba, blocks, fua ? 0x08 : 0)
  }

  static func read10(lba: Int, blocks: Int) -> CommandDescriptorBlock { transfer(0x28, lba, blocks, 0) }

  private static func transfer(_ code: UInt8, _ lba: Int, _ blocks: Int, _ flags: UInt8)
    -> CommandDescriptorBlock
  {
    let byte = { (value: Int, shift: Int) in UInt8(truncatingIfNeeded: value >> shift) }
    return CommandDescriptorBlock([
      code, flags, byte(lba, 24), byte(lba, 16), byte(lba, 8), byte(lba, 0), 0, byte(blocks, 8),
      byte(blocks, 0), 0,
    ])
  }
}

extension ISCSIInitiator {
  /// Reads into one Data-In PDU that carries the status.
  func read(_ cdb: CommandDescriptorBlock, _ length: Int) throws -> [UInt8] {
    try start(tag: cmdSN, cdb, read: length)
    let (header, data) = try receive()
    try #require(header[0] & 0x3F == 0x25, "an answer other than Data-In: \(header), \(data)")
    return data
  }

  /// Carries out a command that fails, and returns key and code of its sense data.
  func sense(_ cdb: CommandDescriptorBlock, write: Int = 0, dataOut: [UInt8] = []) throws -> (
    key: Int, code: Int
  ) {
    try start(tag: cmdSN, cdb, write: write, dataOut: dataOut)
    let (header, data) = try receive()
    try #require(header[0] & 0x3F == 0x21 && header[3] == 2, "no CHECK CONDITION: \(header)")
    // Two bytes of length, then fixed format.
    return (Int(data[4] & 0xF), Int(data[14]) << 8 | Int(data[15]))
  }
}

/// A directory that goes away with this value.
private final class Scratch {
  let path: String

  init() throws {
    var template = Array("/tmp/overlay-test-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw SystemError(errno: errno, attempt: "make a directory") }
    path = String(cString: made)
  }

  deinit {
    for name in (try? directoryEntries(path)) ?? [] { unlink("\(path)/\(name)") }
    rmdir(path)
  }
}
