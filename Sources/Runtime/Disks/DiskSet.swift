import BlockProbe
import BlockStore
import Linux
import SiteConfig

/// The disks that the site wants shared: which are open, which are awaited, which cannot be had and why.
struct DiskSet {
  /// A disk that has just been opened.
  struct Opened {
    var unit: Site.LogicalUnit
    var device: BlockDeviceInfo
    var store: BlockStore
  }

  private struct Slot {
    var unit: Site.LogicalUnit
    var store: BlockStore?
    var status: RuntimeStatus.Disk
  }

  private var slots: [Slot]

  init(_ units: [Site.LogicalUnit]) {
    slots = units.sorted { $0.lun < $1.lun }.map { unit in
      Slot(
        unit: unit,
        status: RuntimeStatus.Disk(
          lun: unit.lun, identity: unit.disk, mode: unit.mode.rawValue, state: .waiting))
    }
  }

  var status: [RuntimeStatus.Disk] {
    slots.map { slot in
      var status = slot.status
      if let store = slot.store { status.size = store.byteCount }
      return status
    }
  }
  /// Whether every disk is open.
  var isComplete: Bool { slots.allSatisfy { $0.store != nil } }
  var isEmpty: Bool { slots.allSatisfy { $0.store == nil } }

  /// The open disks of the site that `name` (a disk or partition) lies on.
  func holds(_ name: String, in devices: [BlockDeviceInfo]) -> Bool {
    let disks = Set(BlockDevices.disks(below: name, in: devices).map(\.path))
    return slots.contains { $0.store != nil && disks.contains($0.status.path ?? "") }
  }

  /// Opens what has become available.
  ///
  /// - Parameter locate: finds the device of an identity.
  mutating func openAvailable(
    _ locate: (DiskIdentity) throws(DiskIdentityError) -> BlockDeviceInfo
  ) -> [Opened] {
    var opened: [Opened] = []
    for index in slots.indices where slots[index].store == nil {
      do {
        let device = try locate(DiskIdentity(slots[index].unit.disk))
        slots[index].status.path = device.path
        slots[index].status.size = device.size
        slots[index].status.model = device.model
        let store = try BlockStore.open(path: device.path, options: Self.options(slots[index].unit, device))
        slots[index].store = store
        slots[index].status.state = .serving
        slots[index].status.problem = nil
        opened.append(Opened(unit: slots[index].unit, device: device, store: store))
      } catch DiskIdentityError.notFound(let identity, let attached) {
        slots[index].status.state = .waiting
        slots[index].status.problem = "\(DiskIdentityError.notFound(identity, attached: attached))"
      } catch {
        slots[index].status.state = .failed
        slots[index].status.problem = "\(error)"
      }
    }
    return opened
  }

  /// The identity seen by initiators stays the same wherever the disk is attached.
  private static func options(_ unit: Site.LogicalUnit, _ device: BlockDeviceInfo) -> BlockStoreOptions {
    let mode: BlockStoreMode =
      switch unit.mode {
      case .rw: .readWrite
      case .ro: .readOnly
      case .overlay: .overlay
      }
    let type = unit.type(of: device)
    // Without a seed it is the path: a drive stays the same whatever disc lies in it.
    let seed = device.wwn ?? device.serial ?? device.partitionTableUUID ?? unit.disk
    return BlockStoreOptions(mode: mode, identitySeed: type == .disc ? "" : seed, type: type)
  }
}

extension Site.LogicalUnit {
  /// What initiators see the device or image as.
  func type(of device: BlockDeviceInfo) -> BlockStoreType {
    switch type {
    case .disk: return .disk
    case .removable: return .removableDisk
    case .cdrom: return .disc
    case .auto:
      let isImage = device.kind == .file || device.kind == .optical
      let hasDiscFormat = ["iso9660", "udf"].contains(device.filesystemType)
      return isImage && hasDiscFormat && mode == .ro ? .disc : .disk
    }
  }
}
