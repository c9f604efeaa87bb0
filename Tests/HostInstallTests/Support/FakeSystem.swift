import BlockProbe
import Cryptography
import Glibc
import Linux
import PayloadImage

@testable import HostInstall

/// A small Debian on a disk, as a directory tree with made-up devices. Removed when it goes away.
final class FakeSystem: Sendable {
  let root: HostRoot
  let payload: String
  let loader: BootLoaderKind
  let firmware: any FirmwareVariables
  private let directory: String
  private let isTemporary: Bool

  static let kernels = ["6.1.0-9-amd64", "6.1.0-10-amd64"]
  static let fileSystemUUID = "11111111-2222-3333-4444-555555555555"

  /// - Parameters:
  ///   - loader: what the system boots by, and what ways into its menu there are.
  ///   - firmware: nil makes one that fits the loader.
  ///   - tree: another distribution's files in place of Debian's.
  init(
    _ loader: BootLoaderKind = .grub, firmware: (any FirmwareVariables)? = nil, tree: [String: String]? = nil
  ) throws {
    self.loader = loader
    self.firmware = firmware ?? FakeFirmware(loader)
    // In memory where there is such a place: every change is flushed, which takes its time on a disk.
    let parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
    var template = Array("\(parent)/ramdisk-install-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SystemError(errno: errno, attempt: "make a directory") }
    directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    isTemporary = true
    payload = directory + "/payload"
    try FakeSystem.makeDirectory(directory + "/root")
    root = try HostRoot(path: directory + "/root")
    if let tree {
      for (path, text) in tree { try write(path, text) }
      try FakeSystem.makeDirectory(path("/var/lib"))
    } else {
      try makeTree()
    }
    try FakeBootLoaders.make(in: self)
    try makePayload(version: "1", byte: 1)
  }

  /// One whose root is `root` in a directory that someone else made and removes.
  ///
  /// - Parameter isNew: whether the root is empty yet.
  init(_ loader: BootLoaderKind, at directory: String, firmware: any FirmwareVariables, isNew: Bool) throws {
    self.loader = loader
    self.firmware = firmware
    self.directory = directory
    isTemporary = false
    payload = directory + "/payload"
    root = try HostRoot(path: directory + "/root")
    if isNew {
      try makeTree()
      try FakeBootLoaders.make(in: self)
    }
    try makePayload(version: "1", byte: 1)
  }

  deinit { if isTemporary { FakeSystem.removeTree(directory) } }

  func path(_ inside: String) -> String { root.path + inside }

  func text(_ inside: String) -> String? { Files.text(path(inside)) }

  func write(_ inside: String, _ text: String, mode: UInt32 = 0o644) throws {
    try FakeSystem.makeDirectory(Files.parent(path(inside)))
    try AtomicFile.write(Array(text.utf8), to: path(inside), AtomicFile.Metadata(mode: mode))
  }

  func remove(_ inside: String) throws { try AtomicFile.remove(path(inside)) }

  func state() throws -> [String: FileImage] {
    var images = try TreeSnapshot(["/etc", "/boot", "/usr", "/var"], in: root).images
    for variable in try firmware.names() {
      guard let value = try firmware.read(variable) else { continue }
      var image = FileImage(kind: .special)
      image.digest = value.bytes.hexadecimal
      image.mode = value.attributes
      images["firmware: \(variable)"] = image
    }
    return images
  }

  /// Paths that are not as they were: in content, kind, mode or owner; in time, too, where no package manager is at work.
  func changes(since before: [String: FileImage]) throws -> [String] {
    let now = try state()
    return Set(before.keys).union(now.keys).filter { path in
      let (old, new) = (before[path] ?? .absent, now[path] ?? .absent)
      if path.hasPrefix("/usr") || old.kind == .directory { return !old.isSame(as: new) }
      return old != new
    }.sorted()
  }

  func makePayload(version: String, byte: UInt8) throws {
    try FakeSystem.makeDirectory(payload)
    var files: [Manifest.File] = []
    for (name, size) in [("vmlinuz", 3000), ("initrd.img", 5000), ("modules.img", 4000)] {
      // A kernel is an EFI program, too.
      let magic = name == "vmlinuz" ? Array("MZ".utf8) : []
      let bytes = magic + [UInt8](repeating: byte, count: size - magic.count)
      try AtomicFile.write(bytes, to: "\(payload)/\(name)", AtomicFile.Metadata(mode: 0o644))
      files.append(try Manifest.File(describing: bytes, name: name))
    }
    let manifest = Manifest(productVersion: version, kernelVersion: "6.1.0", files: files, packages: [])
    try AtomicFile.write(manifest.encoded(), to: "\(payload)/manifest.json", AtomicFile.Metadata(mode: 0o644))
  }

  /// One disk with one file system, mounted at the root.
  func detector(_ profiles: ProfileDirectory) -> Detector {
    var disk = BlockDeviceInfo(name: "sda", path: "/dev/sda", kind: .disk, size: 1 << 30)
    disk.partitionTableUUID = "aaaaaaaa-0000-0000-0000-000000000000"
    disk.deviceNumber = "8:0"
    var partition = BlockDeviceInfo(name: "sda1", path: "/dev/sda1", kind: .partition, size: 1 << 29)
    partition.parent = "sda"
    partition.deviceNumber = "8:1"
    partition.filesystemUUID = FakeSystem.fileSystemUUID
    var system = BlockDeviceInfo(name: "sda2", path: "/dev/sda2", kind: .partition, size: 1 << 28)
    system.parent = "sda"
    system.deviceNumber = "8:2"
    system.partitionNumber = 2
    system.partitionUUID = "c0ffee00-1111-2222-3333-444444444444"
    var mounts = "1 0 8:1 / \(root.path) rw - ext4 /dev/sda1 rw"
    if hasSystemPartition { mounts += "\n2 1 8:2 / \(root.path)/boot/efi rw - vfat /dev/sda2 rw" }
    return Detector(
      root: root, profiles: profiles, devices: [disk, partition, system], mounts: MountTable(mounts),
      machine: Detector.Machine(firmware: firmware, partitionStart: { _ in 2048 }))
  }

  var hasSystemPartition: Bool { loader == .systemdBoot || loader == .efi }

  private func makeTree() throws {
    try write("/etc/os-release", "PRETTY_NAME=\"Debian GNU/Linux 12\"\nID=debian\nVERSION_ID=\"12\"\n")
    try write("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n")
    try write("/etc/group", "root:x:0:\n")
    try write("/etc/group-", "older\n")
    try write("/etc/hostname", "Fake_Host\n")
    try write("/usr/sbin/update-initramfs", "#!/bin/sh\n# initramfs-tools\n")
    try write("/boot/grub/grub.cfg", FakeSystem.grubConfiguration)
    try write("/boot/grub/custom.cfg", "# the user's own\nset color_normal=white/black\n", mode: 0o600)
    for kernel in FakeSystem.kernels {
      try write("/boot/vmlinuz-\(kernel)", "kernel \(kernel)")
      try write("/boot/initrd.img-\(kernel)", "initramfs-tools image of \(kernel)", mode: 0o640)
      try write("/lib/modules/\(kernel)/modules.builtin", "kernel/fs/ext4/ext4.ko\n")
    }
    try FakeSystem.makeDirectory(path("/var/lib"))
    try FakeSystem.makeDirectory(path("/etc/systemd/system/sysinit.target.wants"))
  }

  static let grubConfiguration = """
    if [ "${next_entry}" ] ; then set default="${next_entry}" ; fi
    menuentry 'Debian' {
      linux /boot/vmlinuz-6.1.0-10-amd64 root=/dev/sda1 ro console=ttyS0 quiet ${extra}
      initrd /boot/initrd.img-6.1.0-10-amd64
    }
    if [ -f ${config_directory}/custom.cfg ]; then source ${config_directory}/custom.cfg; fi

    """

  private static func makeDirectory(_ path: String) throws {
    if Files.isDirectory(path) { return }
    try makeDirectory(Files.parent(path))
    try syscall("make \(path)") { mkdir(path, 0o755) }
  }

  private static func removeTree(_ path: String) {
    for name in (try? Files.list(path)) ?? [] {
      let child = "\(path)/\(name)"
      if unlink(child) != 0 { removeTree(child) }
    }
    rmdir(path)
  }
}

extension FakeSystem {
  /// Removes directories that have become empty.
  func removeEmpty(_ directories: [String]) throws {
    for directory in directories where try Files.list(path(directory)).isEmpty { rmdir(path(directory)) }
  }
}
