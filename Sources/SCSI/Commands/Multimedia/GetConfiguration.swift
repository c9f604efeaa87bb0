extension CommandExecution {
  /// GET CONFIGURATION (MMC-6 6.5): the current profile and the features of the drive.
  mutating func startGetConfiguration(_ environment: Environment) -> CommandStep {
    let unit = environment.unit
    let profile = unit.isMediumPresent ? MediumProfile(of: unit) : nil
    let first = cdb.uint16(at: 2)  // STARTING FEATURE NUMBER
    let all = DriveFeature.all(profile)
    let features: [DriveFeature]
    switch cdb[1] & 0x03 {  // RT
    case 0: features = all.filter { $0.code >= first }
    case 1: features = all.filter { $0.code >= first && $0.isCurrent }
    case 2: features = all.filter { $0.code == first }
    default: return reject(byte: 1, bit: 1)
    }
    var data = ParameterData(environment.workspace)
    data.append(UInt32(0))  // DATA LENGTH, below
    data.append(UInt16(0))
    data.append(profile?.rawValue ?? 0)
    for feature in features { feature.append(to: &data) }
    data.patch(UInt32(clamping: data.length - 4), at: 0)
    return send(data, allocationLength: Int(cdb.uint16(at: 7)), workspace: environment.workspace)
  }
}

/// A feature descriptor (MMC-6 5.3).
struct DriveFeature: Hashable {
  let code: UInt16
  let version: UInt8
  /// Whether it is there whatever lies in the tray.
  let isPersistent: Bool
  let isCurrent: Bool
  let data: [UInt8]

  private init(
    _ code: UInt16, version: UInt8 = 0, isPersistent: Bool = false, isCurrent: Bool = true,
    _ data: [UInt8] = []
  ) {
    self.code = code
    self.version = version
    self.isPersistent = isPersistent
    self.isCurrent = isCurrent
    self.data = data
  }

  /// The features of a drive that reads CDs and DVDs, ascending by code; `profile` is nil with an open tray.
  static func all(_ profile: MediumProfile?) -> [DriveFeature] {
    let profiles = MediumProfile.allCases.flatMap { known in
      [UInt8(truncatingIfNeeded: known.rawValue >> 8), UInt8(truncatingIfNeeded: known.rawValue)]
        + [known == profile ? 1 : 0, 0]
    }
    return [
      DriveFeature(0x0000, isPersistent: true, profiles),
      // Core: of the SCSI family.
      DriveFeature(0x0001, version: 2, isPersistent: true, [0, 0, 0, 1, 0, 0, 0, 0]),
      // Morphing: events are polled for.
      DriveFeature(0x0002, version: 1, isPersistent: true, [0, 0, 0, 0]),
      // Removable medium: a tray that loads, ejects and can be locked.
      DriveFeature(0x0003, version: 2, isPersistent: true, [0x39, 0, 0, 0]),
      // Random readable: one block of 2048 bytes at a time, error recovery page present.
      DriveFeature(0x0010, isCurrent: profile != nil, [0, 0, 0x08, 0, 0, 1, 1, 0]),
      // Multi-read, CD read: without audio, C2 pointers and CD-TEXT.
      DriveFeature(0x001D, isCurrent: profile == .cdROM),
      DriveFeature(0x001E, version: 2, isCurrent: profile == .cdROM, [0, 0, 0, 0]),
      // DVD read.
      DriveFeature(0x001F, version: 1, isCurrent: profile == .dvdROM, [0, 0, 0, 0]),
    ]
  }

  func append(to data: inout ParameterData) {
    data.append(code)
    data.append(version << 2 | (isPersistent ? 0x02 : 0) | (isCurrent ? 0x01 : 0))
    data.append(UInt8(truncatingIfNeeded: self.data.count))
    data.append(contentsOf: self.data)
  }
}
