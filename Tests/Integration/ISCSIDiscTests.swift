import BlockStore
import Glibc
import ISCSI
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
      #expect(await target.events.waitFor { $0 == .unitResized(lun: 0, bytes: UInt64(image.count)) })
      let sense = try one.sense(CommandDescriptorBlock([0]))
      #expect(sense.key == 6 && sense.code == 0x2800)
      #expect(try one.read(.read10(lba: 20, blocks: 1), 2048) == Array(other[20 * 2048..<21 * 2048]))
      one.close()
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
