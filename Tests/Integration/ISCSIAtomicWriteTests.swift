import BlockStore
import Glibc
import ISCSI
import Linux
import Testing

/// WRITE ATOMIC (16) on a file system that offers it: XFS does on any device from Linux 6.16 on.
@Suite(.serialized) struct ISCSIAtomicWriteTests {
  private static let isPossible = geteuid() == 0 && access("/usr/sbin/mkfs.xfs", X_OK) == 0

  private static func withXFS(_ body: (String) async throws -> Void) async throws {
    let directory = "/tmp/iscsi-xfs-\(getpid())"
    let steps = [
      ["mkdir", "-p", "\(directory)/mounted"], ["truncate", "--size=400M", "\(directory)/image"],
      ["mkfs.xfs", "-q", "\(directory)/image"],
      ["mount", "-o", "loop", "\(directory)/image", "\(directory)/mounted"],
    ]
    let outcome: Result<Void, any Error>
    do {
      for step in steps {
        let result = try await ISCSITarget.output(step[0], Array(step.dropFirst()))
        try #require(result.succeeded, "\(step): \(result.text)")
      }
      try await body("\(directory)/mounted/disk")
      outcome = .success(())
    } catch {
      outcome = .failure(error)
    }
    _ = try await ISCSITarget.output("umount", ["\(directory)/mounted"])
    _ = try await ISCSITarget.output("rm", ["-r", directory])
    try outcome.get()
  }

  private func atomic(_ lba: UInt8, _ count: UInt8, flags: UInt8 = 0) -> CommandDescriptorBlock {
    CommandDescriptorBlock([0x9C, flags, 0, 0, 0, 0, 0, 0, 0, lba, 0, 0, 0, count, 0, 0])
  }

  @Test(.enabled(if: isPossible, "needs root and mkfs.xfs"))
  func whatTheFileSystemOffersIsOffered() async throws {
    try await Self.withXFS { disk in
      try ISCSITarget.makeFile(disk, bytes: 8 << 20)
      let length = try BlockStore.open(path: disk).atomicWriteLength
      var settings = ISCSITarget.Settings()
      settings.disk = disk
      try await ISCSITarget.with(settings) { target in
        let initiator = try ISCSIInitiator(target, name: "iqn.a", isid: 1)
        try initiator.login()
        guard length > 0 else {
          // An older kernel: the target says that it does not know the command.
          #expect(
            try initiator.command(atomic(0, 8), write: 4096, dataOut: [UInt8](repeating: 1, count: 4096)) == 2
          )
          return
        }
        let blocks = UInt8(length / 512)
        // What lies in the page cache, not written back yet.
        let before = [UInt8](repeating: 0x11, count: length)
        let write = CommandDescriptorBlock([0x2A, 0, 0, 0, 0, 0, 0, 0, blocks, 0])
        #expect(try initiator.command(write, write: length, dataOut: before) == 0)
        for (round, flags) in ([0, 0x08, 0] as [UInt8]).enumerated() {
          let data = [UInt8](repeating: UInt8(0x20 + round), count: length)
          let status = try initiator.command(atomic(0, blocks, flags: flags), write: length, dataOut: data)
          #expect(status == 0)
          #expect(try initiator.read(blocks: blocks) == data)
        }
        #expect(try initiator.command(atomic(1, blocks), write: length, dataOut: before) == 2)
        // Nothing of the page cache got lost by it.
        #expect(try initiator.command(CommandDescriptorBlock([0x35])) == 0)
        let expected = [UInt8](repeating: 0x22, count: length)
        #expect(try readFile(disk, limit: length) == expected)
      }
    }
  }
}

extension ISCSIInitiator {
  /// Reads from block 0 on.
  fileprivate func read(blocks: UInt8) throws -> [UInt8] {
    let length = Int(blocks) * 512
    try start(tag: 78, CommandDescriptorBlock([0x28, 0, 0, 0, 0, 0, 0, 0, blocks, 0]), read: length)
    return try receive().data
  }
}
