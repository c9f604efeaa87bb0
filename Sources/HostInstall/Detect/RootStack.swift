import BlockProbe

/// The root file system and what lies between it and the disks: what an initramfs must be able to open.
public struct RootStack: Codable, Hashable, Sendable {
  /// A LUKS container.
  public struct Encrypted: Codable, Hashable, Sendable {
    public var uuid: String
    /// Name below /dev/mapper once it is open.
    public var name: String

    public init(uuid: String, name: String) {
      self.uuid = uuid
      self.name = name
    }
  }

  /// Type of the file system: `ext4`.
  public var fileSystem: String
  public var encrypted: [Encrypted] = []
  public var hasVolumeGroups = false
  public var hasRAID = false

  public init(fileSystem: String) { self.fileSystem = fileSystem }

  /// dracut's modules for it.
  var dracutModules: [String] {
    (encrypted.isEmpty ? [] : ["crypt"]) + (hasVolumeGroups ? ["lvm"] : []) + (hasRAID ? ["mdraid"] : [])
      + (fileSystem == "btrfs" ? ["btrfs"] : [])
  }

  /// Programs that must be in an image, each by its possible names.
  var programs: [[String]] {
    (encrypted.isEmpty ? [] : [["systemd-cryptsetup", "cryptsetup"]]) + (hasVolumeGroups ? [["lvm"]] : [])
      + (hasRAID ? [["mdadm"]] : []) + (fileSystem == "btrfs" ? [["btrfs"]] : [])
  }

  /// The kernel's modules for it, unless built in.
  var kernelModules: [String] {
    [fileSystem] + (encrypted.isEmpty ? [] : ["dm_crypt"])
      + (encrypted.isEmpty && !hasVolumeGroups ? [] : ["dm_mod"]) + (hasRAID ? ["md_mod"] : [])
  }

  /// Parameters that tell an initramfs made by dracut what to unlock: it does not know this system's crypttab.
  /// systemd's generator and dracut's own scripts understand them (dracut.cmdline(7), systemd-cryptsetup-generator(8)),
  /// other generators pass them over.
  var parameters: [String] { encrypted.map { "rd.luks.name=\($0.uuid)=\($0.name)" } }
}

extension Detector {
  /// What lies below the root, as the devices show it; of a mere directory tree what its tables say.
  func rootStack(_ location: Location?) -> RootStack {
    var stack = RootStack(fileSystem: location?.facts.type ?? "ext4")
    let table = Crypttab(Files.text(root.resolve("/etc/crypttab")) ?? "")
    guard let device = location?.device else {
      if location?.facts.isLayered == true { stack.encrypted = table.unlockedAtBoot }
      return stack
    }
    var pending = [device.name]
    var seen: Set<String> = []
    while let name = pending.popLast() {
      guard seen.insert(name).inserted, let lower = devices.first(where: { $0.name == name }) else {
        continue
      }
      switch lower.filesystemType {
      case "crypto_LUKS":
        guard let uuid = lower.filesystemUUID else { break }
        stack.encrypted.append(
          RootStack.Encrypted(uuid: uuid, name: table.name(of: uuid) ?? "luks-\(uuid)"))
      case "LVM2_member": stack.hasVolumeGroups = true
      case "linux_raid_member": stack.hasRAID = true
      default: break
      }
      pending += lower.lowerDevices + (lower.parent.map { [$0] } ?? [])
    }
    stack.encrypted.sort { $0.name < $1.name }
    return stack
  }
}

/// Encrypted devices as crypttab(5) lists them: name, device, key, options.
struct Crypttab {
  private var lines: [[Substring]]

  init(_ text: String) {
    lines = text.split(separator: "\n").map { $0.split { $0 == " " || $0 == "\t" } }
      .filter { $0.count >= 2 && !$0[0].hasPrefix("#") }
  }

  /// Name below /dev/mapper of the container with a UUID.
  func name(of uuid: String) -> String? {
    lines.first { $0[1].lowercased() == "uuid=" + uuid.lowercased() }.map { String($0[0]) }
  }

  /// Containers named by UUID that are opened at every boot with a passphrase.
  var unlockedAtBoot: [RootStack.Encrypted] {
    lines.compactMap { fields in
      let options = fields.count > 3 ? fields[3].split(separator: ",") : []
      let isAsked = fields.count < 3 || ["none", "-"].contains(fields[2])
      guard fields[1].hasPrefix("UUID="), isAsked,
        !options.contains(where: { ["noauto", "nofail", "swap", "tmp"].contains($0) })
      else { return nil }
      return RootStack.Encrypted(uuid: String(fields[1].dropFirst(5)), name: String(fields[0]))
    }
  }
}
