import BlockProbe
import Glibc
import Linux
import Testing

/// A tree with `/sys` and `/dev` like those of a machine with an NVMe disk, its clone's partition and a SATA disk.
private struct Machine {
  let workspace: Workspace
  var devices: BlockDevices { BlockDevices(root: workspace.path) }

  init() throws {
    workspace = try Workspace()
    try run("mkdir", "-p", "\(workspace.path)/dev", "\(workspace.path)/sys/class/block")
    try add(
      "nvme0n1", at: "devices/pci/nvme/nvme0/nvme0n1",
      [
        "wwid": "eui.0025385b71b00d21\n", "device/model": "Samsung SSD 980       \n",
        "device/serial": "S64D   \n", "queue/logical_block_size": "4096\n",
      ], megabytes: 64)
    try add(
      "nvme0n1p2", at: "devices/pci/nvme/nvme0/nvme0n1/nvme0n1p2", ["partition": "2\n"], megabytes: 16)
    try add(
      "sda", at: "devices/pci/ata1/block/sda",
      [
        "device/vendor": "ATA     \n", "device/model": "ST1000\n", "device/wwid": "naa.5000c500a1b2c3d4\n",
        "device/vpd_pg80": "\0\u{1}", "removable": "1\n",
      ], megabytes: 8)
    try writeFile(
      "\(workspace.path)/sys/devices/pci/ata1/block/sda/device/vpd_pg80",
      [0, 0x80, 0, 8] + Array("  WX12AB".utf8))
    try add("loop0", at: "devices/virtual/block/loop0", [:], megabytes: 0)
    try partition("\(workspace.path)/dev/nvme0n1", gptScript)
    try run(
      "mkfs.ext4", "-q", "-U", "3f9d3f53-7e1e-4a5a-9d0b-3b6a52a1c002", "\(workspace.path)/dev/nvme0n1p2")
  }

  func add(_ name: String, at directory: String, _ attributes: [String: String], megabytes: Int) throws {
    try workspace.file("sys/\(directory)/size", "\(megabytes * 2048)\n")
    for (file, text) in attributes { try workspace.file("sys/\(directory)/\(file)", text) }
    try run("ln", "-s", "../../\(directory)", "\(workspace.path)/sys/class/block/\(name)")
    _ = try workspace.image("dev/\(name)", megabytes: max(1, megabytes))
  }
}

@Suite struct BlockDevicesTests {
  private let machine: Machine

  init() throws { machine = try Machine() }

  @Test func listsWhatTheKernelAndTheBytesSay() throws {
    let list = try machine.devices.list()
    #expect(list.map(\.name) == ["nvme0n1", "nvme0n1p2", "sda"])
    let disk = list[0]
    #expect(disk.kind == .disk)
    #expect(disk.model == "Samsung SSD 980")
    #expect(disk.serial == "S64D")
    #expect(disk.wwn == "eui.0025385b71b00d21")
    #expect(disk.size == 64 << 20)
    #expect(disk.logicalBlockSize == 4096)
    #expect(disk.partitionTableUUID == "0a4b1f6e-9f0e-4d4e-8c8e-000000000001")
    let partition = list[1]
    #expect(partition.kind == .partition)
    #expect(partition.parent == "nvme0n1")
    #expect(partition.partitionUUID == "0a4b1f6e-9f0e-4d4e-8c8e-0000000000a2")
    #expect(partition.partitionLabel == "root")
    #expect(partition.partitionTableUUID == nil)
    #expect(partition.filesystemType == "ext4")
    #expect(partition.logicalBlockSize == 4096)
    #expect(list[2].serial == "WX12AB")
    #expect(list[2].isRemovable)
    #expect(BlockDevices.disks(below: "nvme0n1p2", in: list).map(\.name) == ["nvme0n1"])
  }

  @Test(
    arguments: [
      ("ptuuid:0A4B1F6E-9F0E-4D4E-8C8E-000000000001", "nvme0n1"), ("wwn:0x5000c500a1b2c3d4", "sda"),
      ("wwn:naa.5000c500a1b2c3d4", "sda"), ("serial:S64D", "nvme0n1"),
      ("uuid:3f9d3f53-7e1e-4a5a-9d0b-3b6a52a1c002", "nvme0n1p2"),
      ("partuuid:0a4b1f6e-9f0e-4d4e-8c8e-0000000000a2", "nvme0n1p2"),
    ])
  func resolves(identity: String, name: String) throws {
    #expect(try machine.devices.resolve(identity).name == name)
  }

  @Test func resolvesAFile() throws {
    let path = "\(machine.workspace.path)/dev/nvme0n1"
    let info = try machine.devices.resolve(path)
    #expect(info.kind == .file)
    #expect(info.path == path)
    #expect(info.size == 64 << 20)
    #expect(info.partitionTableUUID == "0a4b1f6e-9f0e-4d4e-8c8e-000000000001")
  }

  @Test func nothingFound() {
    let error = #expect(throws: DiskIdentityError.self) { try machine.devices.resolve("serial:nobody") }
    let dev = "\(machine.workspace.path)/dev"
    #expect(
      error?.description
        == "no attached disk is serial:nobody; attached: \(dev)/nvme0n1, \(dev)/sda")
  }

  @Test func aMissingPathIsNotFound() {
    let dev = "\(machine.workspace.path)/dev"
    #expect(
      throws: DiskIdentityError.notFound(.path("\(dev)/sdz"), attached: ["\(dev)/nvme0n1", "\(dev)/sda"])
    ) { try machine.devices.resolve("\(dev)/sdz") }
  }

  @Test func aCloneIsAmbiguous() throws {
    let dev = "\(machine.workspace.path)/dev"
    try machine.add("sdb", at: "devices/pci/usb1/block/sdb", [:], megabytes: 64)
    try run("cp", "\(dev)/nvme0n1", "\(dev)/sdb")
    #expect(
      throws: DiskIdentityError.ambiguous(
        .partitionTable("0a4b1f6e-9f0e-4d4e-8c8e-000000000001"), paths: ["\(dev)/nvme0n1", "\(dev)/sdb"])
    ) { try machine.devices.resolve("ptuuid:0a4b1f6e-9f0e-4d4e-8c8e-000000000001") }
  }

  @Test func ofAMirrorAndItsMemberTheMirrorIsMeant() throws {
    let dev = "\(machine.workspace.path)/dev"
    try machine.add("md127", at: "devices/virtual/block/md127", ["slaves/nvme0n1": ""], megabytes: 64)
    try machine.workspace.file("sys/devices/pci/nvme/nvme0/nvme0n1/holders/md127", "")
    try run("cp", "\(dev)/nvme0n1", "\(dev)/md127")
    #expect(try machine.devices.resolve("ptuuid:0a4b1f6e-9f0e-4d4e-8c8e-000000000001").name == "md127")
    #expect(BlockDevices.disks(below: "md127", in: try machine.devices.list()).map(\.name) == ["nvme0n1"])
  }

  @Test func anUnreadableDeviceIsListedWithItsProblem() throws {
    try run("rm", "\(machine.workspace.path)/dev/sda")
    let disk = try #require(try machine.devices.list().first { $0.name == "sda" })
    #expect(disk.problem?.hasSuffix("No such file or directory") == true)
    #expect(try machine.devices.resolve("serial:WX12AB").name == "sda")
  }

  @Test(arguments: ["", "ptuuid:", "sda", "label:x", "uuid"])
  func malformed(identity: String) {
    #expect(throws: DiskIdentityError.malformed(identity)) { try DiskIdentity(identity) }
  }

  @Test(arguments: ["ptuuid:1", "wwn:2", "serial:3:4", "uuid:5", "partuuid:6", "/dev/sda"])
  func writesAsItReads(identity: String) throws {
    #expect(try DiskIdentity(identity).description == identity)
  }
}
