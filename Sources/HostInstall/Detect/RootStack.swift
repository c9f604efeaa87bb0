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

  /// Kinds of devices below the root that dracut opens only when the kernel's command line names them, as this one does
  /// not (dracut.cmdline(7)): an image made for any machine carries nothing of this one's.
  func unnamed(on commandLine: String) -> [String] {
    let words = commandLine.split(separator: " ")
    func has(_ prefixes: String...) -> Bool {
      words.contains { word in prefixes.contains { word.hasPrefix($0) } }
    }
    let opensAll = words.contains("rd.auto") || words.contains("rd.auto=1")
    // With rd.auto alone an encrypted device gets another name than the system's crypttab gives it.
    return (encrypted.isEmpty || has("rd.luks.uuid=", "rd.luks.name=") ? [] : ["LUKS"])
      + (!hasVolumeGroups || opensAll || has("rd.lvm.lv=", "rd.lvm.vg=") ? [] : ["LVM"])
      + (!hasRAID || opensAll || has("rd.md.uuid=") ? [] : ["RAID"])
  }

  /// Parameters that tell an initramfs made by dracut what to open where `commandLine` does not.
  /// systemd's generator and dracut's own scripts understand them (dracut.cmdline(7), systemd-cryptsetup-generator(8)),
  /// other generators pass them over.
  func parameters(for commandLine: String) -> [String] {
    let unnamed = unnamed(on: commandLine)
    var parameters =
      unnamed.contains("LUKS") ? encrypted.map { "rd.luks.name=\($0.uuid)=\($0.name)" } : []
    let volume = LogicalVolume(root: commandLine)
    if unnamed.contains("LVM"), let volume { parameters.append("rd.lvm.lv=\(volume.group)/\(volume.name)") }
    if unnamed.contains("RAID") || unnamed.contains("LVM") && volume == nil { parameters.append("rd.auto=1") }
    return parameters
  }
}

/// A volume of LVM, by the names that lvm(8) puts together below /dev.
struct LogicalVolume: Hashable {
  let group: String
  let name: String

  /// The one that `root=` on a kernel's command line names: `/dev/GROUP/NAME` or `/dev/mapper/GROUP-NAME`, where a
  /// hyphen of either name is doubled.
  init?(root commandLine: String) {
    guard let word = commandLine.split(separator: " ").last(where: { $0.hasPrefix("root=/dev/") }) else {
      return nil
    }
    let parts = word.dropFirst("root=/dev/".count).split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
    guard parts[0] == "mapper" else {
      (group, name) = (String(parts[0]), String(parts[1]))
      return
    }
    // No name holds a slash.
    let halves = String(parts[1]).replacing("--", with: "/").split(
      separator: "-", omittingEmptySubsequences: false
    ).map(String.init)
    guard halves.count == 2, !halves[0].isEmpty, !halves[1].isEmpty else { return nil }
    group = halves[0].replacing("/", with: "-")
    name = halves[1].replacing("/", with: "-")
  }
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
