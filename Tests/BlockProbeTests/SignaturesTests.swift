import BlockProbe
import Glibc
import Linux
import Testing

@Suite struct SignaturesTests {
  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  @Test func ext4WithLabel() throws {
    let image = try workspace.image("a", megabytes: 8)
    try run("mkfs.ext4", "-q", "-L", "root", "-U", "3f9d3f53-7e1e-4a5a-9d0b-3b6a52a1c001", image)
    let superblock = try #require(try Signatures(path: image).superblock)
    #expect(superblock.type == "ext4")
    #expect(superblock.usage == "filesystem")
    #expect(superblock.uuid == "3f9d3f53-7e1e-4a5a-9d0b-3b6a52a1c001")
    #expect(superblock.label == "root")
    #expect(try Signatures(path: image).partitionTable == nil)
  }

  @Test func gptDisk() throws {
    let image = try workspace.image("gpt", megabytes: 64)
    try partition(image, gptScript)
    let table = try #require(try Signatures(path: image).partitionTable)
    #expect(table.type == "gpt")
    #expect(table.uuid == "0a4b1f6e-9f0e-4d4e-8c8e-000000000001")
    #expect(
      table.partitions == [
        Partition(
          number: 1, start: 1 << 20, size: 8 << 20, uuid: "0a4b1f6e-9f0e-4d4e-8c8e-0000000000a1",
          type: "c12a7328-f81f-11d2-ba4b-00a0c93ec93b", name: "ESP"),
        Partition(
          number: 2, start: 9 << 20, size: 16 << 20, uuid: "0a4b1f6e-9f0e-4d4e-8c8e-0000000000a2",
          type: "0fc63daf-8483-4772-8e79-3d69d8477de4", name: "root"),
      ])
  }

  @Test func mbrDiskWithLogicalPartition() throws {
    let image = try workspace.image("dos", megabytes: 64)
    try partition(
      image, "label: dos\nlabel-id: 0xdeadbeef\nsize=8M, type=83\nsize=32M, type=5\n5 : size=8M, type=82\n")
    let table = try #require(try Signatures(path: image).partitionTable)
    #expect(table.type == "dos")
    #expect(table.uuid == "deadbeef")
    #expect(table.partitions.map(\.number) == [1, 2, 5])
    #expect(table.partitions.map(\.type) == ["0x83", "0x5", "0x82"])
    #expect(table.partitions.first?.uuid == "deadbeef-01")
  }

  @Test func fileSystemInsideAnImage() throws {
    let image = try workspace.image("disk", megabytes: 64)
    try partition(image, gptScript)
    let inner = try workspace.image("inner", megabytes: 16)
    try run("mkfs.ext4", "-q", "-L", "inside", inner)
    try run("dd", "if=\(inner)", "of=\(image)", "bs=1M", "seek=9", "conv=notrunc")
    let file = try OwnedDescriptor(path: image, flags: O_RDONLY)
    let found = try Signatures(descriptor: file.number, offset: 9 << 20, size: 16 << 20, name: image)
    #expect(found.superblock?.label == "inside")
    #expect(found.partitionTable == nil)
  }

  @Test func emptyAndTinyFiles() throws {
    #expect(try Signatures(path: try workspace.image("zeros", megabytes: 4)) == Signatures())
    try workspace.file("tiny", "hello")
    #expect(try Signatures(path: "\(workspace.path)/tiny") == Signatures())
  }

  @Test func missingFileSaysWhich() {
    let error = #expect(throws: SystemError.self) { try Signatures(path: "\(workspace.path)/none") }
    #expect(error?.description == "cannot open \(workspace.path)/none: No such file or directory")
  }

  /// Whatever a disk holds, probing it returns.
  @Test func damagedDisks() throws {
    let image = try workspace.image("damaged", megabytes: 64)
    try partition(image, gptScript)
    let file = try OwnedDescriptor(path: image, flags: O_RDWR)
    var state: UInt64 = 0x9e37_79b9_7f4a_7c15
    for _ in 0..<300 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      var byte = UInt8(truncatingIfNeeded: state >> 56)
      _ = pwrite(file.number, &byte, 1, off_t(state >> 33 & 0x47ff))
      _ = try Signatures(path: image)
    }
  }
}

let gptScript = """
  label: gpt
  label-id: 0A4B1F6E-9F0E-4D4E-8C8E-000000000001
  size=8M, type=U, uuid=0A4B1F6E-9F0E-4D4E-8C8E-0000000000A1, name=ESP
  size=16M, type=L, uuid=0A4B1F6E-9F0E-4D4E-8C8E-0000000000A2, name=root

  """
