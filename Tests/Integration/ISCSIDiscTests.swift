import BlockStore
import Glibc
import ISCSI
import Synchronization
import TargetService
import Testing

/// An ISO image as a CD in its drive, seen by initiators that nobody here wrote.
@Suite struct ISCSIDiscTests {
  private static let blocks = 100

  /// Serves an image with a volume descriptor, and something to recognise in each block.
  private func withDisc(_ body: (ISCSITarget, [UInt8]) async throws -> Void) async throws {
    let image = ISCSIDiscTests.image(seed: 1)
    try await ISCSITarget.with(
      megabytes: 1, mode: .readOnly, .init(prepare: { try ISCSIDiscTests.write(image, to: $0) }, type: .disc)
    ) { target in try await body(target, image) }
  }

  private static func image(seed: Int) -> [UInt8] {
    var image = (0..<blocks * 2048).map { UInt8(truncatingIfNeeded: $0 / 2048 &* 7 &+ $0 &+ seed) }
    image.replaceSubrange(16 * 2048..<16 * 2048 + 6, with: [1] + Array("CD001".utf8))
    return image
  }

  private static func write(_ bytes: [UInt8], to path: String) throws {
    let file = try #require(fopen(path, "w"))
    defer { fclose(file) }
    try #require(fwrite(bytes, 1, bytes.count, file) == bytes.count)
  }

  @Test func libiscsiSeesADrive() async throws {
    try await withDisc { target, image in
      let listing = try await ISCSITarget.output("iscsi-ls", ["-s", target.url(lun: nil)])
      #expect(listing.text.contains("Lun:0    Type:MMC"), "\(listing.text)")
      let inquiry = try await ISCSITarget.output("iscsi-inq", [target.url()])
      #expect(inquiry.text.contains("MMC") && inquiry.text.contains("Removable:1"), "\(inquiry.text)")
      // READ CAPACITY (16) is no command of a drive.
      let capacity = try await ISCSITarget.output("iscsi-readcapacity16", [target.url()])
      #expect(!capacity.succeeded, "\(capacity.text)")
      let copy = "\(target.directory)/copy.iso"
      let converted = try await ISCSITarget.output(
        "qemu-img", ["convert", "-f", "raw", "-O", "raw", target.url(), copy])
      #expect(converted.succeeded, "\(converted.text)")
      let compared = try await ISCSITarget.output("cmp", [copy, "\(target.directory)/disk.img"])
      #expect(compared.succeeded, "\(compared.text)")
    }
  }

  @Test func anotherImageIsAnotherDisc() async throws {
    try await withDisc { target, image in
      let one = try ISCSIInitiator(target, name: "iqn.a:one", isid: 1)
      try one.login()
      #expect(try one.read(.read10(lba: 20, blocks: 1), 2048) == Array(image[20 * 2048..<21 * 2048]))
      let other = ISCSIDiscTests.image(seed: 5)
      try ISCSIDiscTests.write(other, to: "\(target.directory)/other.iso")
      try #require(rename("\(target.directory)/other.iso", "\(target.directory)/disk.img") == 0)
      #expect(await target.events.waitFor { $0 == .discExchanged(lun: 0, bytes: UInt64(image.count)) })
      let sense = try one.sense(CommandDescriptorBlock([0]))
      #expect(sense.key == 6 && sense.code == 0x2800)
      #expect(try one.read(.read10(lba: 20, blocks: 1), 2048) == Array(other[20 * 2048..<21 * 2048]))
      one.close()
    }
  }

  /// Puts a disc into the drive on which every block has the same bytes.
  private func exchange(_ number: UInt8, _ target: ISCSITarget) async throws {
    let news = { target.events.all.count { if case .discExchanged = $0 { true } else { false } } }
    let before = news()
    try Self.write([UInt8](repeating: number, count: Self.blocks * 2048), to: "\(target.directory)/other.iso")
    try #require(rename("\(target.directory)/other.iso", "\(target.directory)/disk.img") == 0)
    #expect(await eventually { news() > before })
  }

  private final class Flag: Sendable {
    let isSet = Atomic<Bool>(false)
  }

  /// Reads the whole disc in many PDUs until `finished`: what it should not have seen.
  private static func read(
    _ target: ISCSITarget, as name: String, until finished: Flag
  ) throws -> [String] {
    let reader = try ISCSIInitiator(target, name: name, isid: 1)
    try reader.login(["MaxRecvDataSegmentLength=8192"])
    defer { reader.close() }
    var (disc, faults): (UInt8?, [String]) = (nil, [])
    while !finished.isSet.load(ordering: .relaxed) {
      try reader.start(tag: reader.cmdSN, .read10(lba: 0, blocks: blocks), read: blocks * 2048)
      var got: [UInt8] = []
      var (header, data) = try reader.receive()
      while header[0] & 0x3F == 0x25, header[1] & 1 == 0 {
        got += data
        (header, data) = try reader.receive()
      }
      if header[0] & 0x3F == 0x21 {
        let code = Int(data[14]) << 8 | Int(data[15])
        if code == 0x2800 { disc = nil } else if code != 0x0401 { faults.append("sense \(data)") }
        continue
      }
      got += data
      if got.count != blocks * 2048 || Set(got).count != 1 { faults.append("parts of two discs") }
      if let disc, disc != got.last { faults.append("disc \(got.last ?? 0) before the news, after \(disc)") }
      disc = got.last
    }
    return faults
  }

  /// Initiators that never stop reading see the one disc, then the news, then the other: never both in one command, nor the
  /// other before the news.
  @Test func noReadHasPartsOfTwoDiscs() async throws {
    try await withDisc { target, _ in
      try await exchange(1, target)
      let finished = Flag()
      let faults = try await withThrowingTaskGroup(of: [String].self) { group in
        for number in 1...2 {
          group.addTask {
            try await onThread { try Self.read(target, as: "iqn.a:\(number)", until: finished) }
          }
        }
        for number: UInt8 in 2...5 { try await exchange(number, target) }
        finished.isSet.store(true, ordering: .relaxed)
        return try await group.reduce(into: []) { $0 += $1 }
      }
      #expect(faults == [])
    }
  }

  /// An initiator that does not take what it has asked for holds nobody up.
  @Test func aReaderThatStallsDoesNotKeepTheDisc() async throws {
    try await withDisc { target, image in
      let slow = try ISCSIInitiator(target, name: "iqn.a:slow", isid: 1)
      try slow.login()
      // More than the output and the socket hold.
      for tag in 0..<100 {
        try slow.start(
          tag: UInt32(1000 + tag), .read10(lba: 0, blocks: Self.blocks), read: Self.blocks * 2048)
      }
      try ISCSIDiscTests.write(ISCSIDiscTests.image(seed: 5), to: "\(target.directory)/other.iso")
      try #require(rename("\(target.directory)/other.iso", "\(target.directory)/disk.img") == 0)
      #expect(await target.events.waitFor { $0 == .discExchanged(lun: 0, bytes: UInt64(image.count)) })
      let other = try ISCSIInitiator(target, name: "iqn.a:other", isid: 1)
      try other.login()
      #expect(try other.command(CommandDescriptorBlock([0])) == 0)
      other.close()
      slow.close()
    }
  }

  @Test func manyShareOneDriveAndOneEjects() async throws {
    try await withDisc { target, _ in
      let one = try ISCSIInitiator(target, name: "iqn.a:one", isid: 1)
      try one.login()
      let two = try ISCSIInitiator(target, name: "iqn.a:two", isid: 1)
      try two.login()
      #expect(try one.command(CommandDescriptorBlock([0x1B, 0, 0, 0, 2, 0])) == 0)
      #expect(try two.sense(.read10(lba: 0, blocks: 1)).code == 0x3A02)
      #expect(try one.command(CommandDescriptorBlock([0x1B, 0, 0, 0, 3, 0])) == 0)
      #expect(try two.sense(.read10(lba: 0, blocks: 1)).code == 0x2800)
      #expect(try two.read(.read10(lba: 0, blocks: 1), 2048).count == 2048)
      // WRITE is no command of a drive.
      #expect(try one.sense(.write10(lba: 0, blocks: 1)).code == 0x2000)
      one.close()
      two.close()
    }
  }
}
