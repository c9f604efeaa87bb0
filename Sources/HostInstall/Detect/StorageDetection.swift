import BlockProbe
import Glibc
import Linux

extension Detector {
  /// A file system and the device it is on, where that is known.
  struct Location {
    var facts: FileSystemFacts
    var device: BlockDeviceInfo?
    /// Whether it is only the promise of one, which was not kept.
    var isAutomount = false
  }

  /// The file system that holds `path` of the system; in a plain directory tree the one that its fstab names.
  func fileSystem(of path: String) -> Location? {
    guard let mount = ownMount(of: path) else { return fileSystemInTable(of: path) }
    let device = self.device(of: mount)
    let inside =
      mount.mountPoint == root.path
      ? "/" : String(mount.mountPoint.dropFirst(root.isLocal ? 0 : root.path.count))
    return Location(
      facts: FileSystemFacts(
        mountPoint: inside, device: device?.path, type: mount.type, uuid: device?.filesystemUUID,
        partitionUUID: device?.partitionUUID,
        isLayered: device.map { $0.kind == .deviceMapper || $0.kind == .raid } ?? false),
      device: device, isAutomount: mount.isAutomount)
  }

  /// Whether `point` is an automount that mounted nothing.
  func isPromised(_ point: String) -> Bool {
    fileSystem(of: point).map { $0.isAutomount && $0.facts.mountPoint == point } ?? false
  }

  /// `path` of the system as seen from the top of the file system that holds it: what boot loaders want to know.
  func pathInFileSystem(_ path: String) -> String {
    let real = root.resolve(path)
    guard let mount = ownMount(of: path) else {
      let point = fileSystemInTable(of: path)?.facts.mountPoint ?? "/"
      return point == "/" ? path : "/" + path.dropFirst(point.count).drop { $0 == "/" }
    }
    let below = mount.mountPoint == "/" ? real : String(real.dropFirst(mount.mountPoint.count))
    let joined = (mount.root == "/" ? "" : mount.root) + below
    return joined.isEmpty ? "/" : joined
  }

  /// The mount that holds `path`, unless the system is a mere directory in a file system of this machine.
  private func ownMount(of path: String) -> MountTable.Mount? {
    guard let mount = mounts.mount(of: root.resolve(path)) else { return nil }
    let isOwn = root.isLocal || mount.mountPoint == root.path || mount.mountPoint.hasPrefix(root.path + "/")
    return isOwn ? mount : nil
  }

  private func device(of mount: MountTable.Mount) -> BlockDeviceInfo? {
    // btrfs shows numbers that are no device's: there only the source tells.
    if let byNumber = devices.first(where: { $0.deviceNumber == mount.deviceNumber }) { return byNumber }
    var status = stat()
    guard stat(mount.source, &status) == 0, status.st_mode & S_IFMT == S_IFBLK else { return nil }
    let number = deviceNumberText(status.st_rdev)
    return devices.first { $0.deviceNumber == number }
  }

  private func fileSystemInTable(of path: String) -> Location? {
    let entries = (Files.text(root.resolve("/etc/fstab")) ?? "").split(separator: "\n").compactMap {
      line -> [Substring]? in
      let fields = line.split { $0 == " " || $0 == "\t" }
      return fields.count >= 3 && !line.hasPrefix("#") && fields[1].hasPrefix("/") ? fields : nil
    }
    let holding = entries.filter { $0[1] == "/" || path == $0[1] || path.hasPrefix($0[1] + "/") }
    guard let entry = holding.max(by: { $0[1].count < $1[1].count }) else { return nil }
    var facts = FileSystemFacts(
      mountPoint: String(entry[1]), type: String(entry[2]), isLayered: entry[0].hasPrefix("/dev/mapper/"))
    if entry[0].hasPrefix("UUID=") { facts.uuid = String(entry[0].dropFirst(5)) }
    if entry[0].hasPrefix("PARTUUID=") { facts.partitionUUID = String(entry[0].dropFirst(9)) }
    return Location(facts: facts)
  }

  /// The disks to share: those chosen, else those that hold the root, then those that hold /boot.
  func disks(chosen: [String], holding: [BlockDeviceInfo?]) throws -> [DiskFacts] {
    if !chosen.isEmpty {
      return try chosen.map { text in
        let device = try BlockDevices().resolve(DiskIdentity(text), in: text.hasPrefix("/") ? nil : devices)
        return diskFacts(device)
      }
    }
    var names: [String] = []
    for device in holding.compactMap({ $0 }) {
      for disk in BlockDevices.disks(below: device.name, in: devices) where !names.contains(disk.name) {
        names.append(disk.name)
      }
    }
    return names.compactMap { name in devices.first { $0.name == name } }.map(diskFacts)
  }

  /// Named by what the disk carries with it, if that is no other disk's, too.
  private func diskFacts(_ device: BlockDeviceInfo) -> DiskFacts {
    let identities = [
      device.partitionTableUUID.map { DiskIdentity.partitionTable($0) }, device.wwn.map { .wwn($0) },
      device.serial.map { .serial($0) },
    ].compactMap { $0 }
    let others = { (identity: DiskIdentity) in
      devices.filter { $0.name != device.name && identity.matches($0) }.map(\.path)
    }
    return DiskFacts(
      path: device.path, identity: identities.first { others($0).isEmpty }?.description,
      clones: identities.flatMap(others), size: device.size, model: device.model)
  }
}
