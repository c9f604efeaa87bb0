/// What happened at a medium and at the initiator, in the order in which it happened.
enum MediumEvent {
  /// The medium got blocks; until the end of the next flush it may lose any of their sectors.
  case write(offset: Int, bytes: [UInt8])
  /// The medium was asked to make what it has got so far stable.
  case flushBegan(UInt64)
  /// It has, and said so.
  case flushEnded(UInt64)
  /// The initiator has a status that promises that these sectors hold at least these versions.
  case promised([Int: UInt32])
}

/// A sector that tells which one it is and which of its versions.
enum StampedSector {
  static let length = 512

  static func bytes(number: Int, version: UInt32) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(length)
    let word = UInt64(number) << 32 | UInt64(version)
    // Every word differs, so that a mixture of two versions is seen.
    for position in 0..<UInt64(length / 8) {
      withUnsafeBytes(of: word ^ (position << 56)) { bytes.append(contentsOf: $0) }
    }
    return bytes
  }

  /// The version that the sector holds; 0 for one never written, nil for one that is torn or belongs elsewhere.
  static func version(of bytes: ArraySlice<UInt8>, number: Int) -> UInt32? {
    if bytes.allSatisfy({ $0 == 0 }) { return 0 }
    let version = bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) }
    return bytes.elementsEqual(StampedSector.bytes(number: number, version: version)) ? version : nil
  }
}

/// Cuts the power at every point of a trace.
///
/// The medium keeps what it had got before the last flush that has ended, and of each sector written since either that
/// or any later version. Sectors are independent of each other, so looking at each version that each sector may have
/// left covers every subset of lost writes, torn ones too.
enum PowerCut {
  private struct Sector {
    var stable: UInt32 = 0
    /// Version and number of the write, oldest first.
    var later: [(version: UInt32, write: Int)] = []
    var promised: UInt32 = 0

    var oldest: UInt32 { later.reduce(stable) { min($0, $1.version) } }
  }

  /// What was promised and is not there after a power cut; each sector once.
  static func losses(in events: [MediumEvent]) -> [String] {
    var sectors: [Int: Sector] = [:]
    var unstable: Set<Int> = []
    var flushes: [UInt64: Int] = [:]
    var writes = 0
    var losses: [Int: String] = [:]

    func check(_ number: Int, at cut: Int) {
      guard let sector = sectors[number], sector.oldest < sector.promised, losses[number] == nil else {
        return
      }
      losses[number] =
        "cut at event \(cut): sector \(number) may hold version \(sector.oldest), "
        + "\(sector.promised) was promised"
    }

    for (cut, event) in events.enumerated() {
      switch event {
      case .write(let offset, let bytes):
        writes += 1
        for start in stride(from: 0, to: bytes.count, by: StampedSector.length) {
          let number = (offset + start) / StampedSector.length
          let slice = bytes[start..<min(start + StampedSector.length, bytes.count)]
          guard let version = StampedSector.version(of: slice, number: number) else {
            losses[number] = losses[number] ?? "event \(cut): sector \(number) was written torn or misplaced"
            continue
          }
          sectors[number, default: Sector()].later.append((version, writes))
          unstable.insert(number)
          check(number, at: cut)
        }
      case .flushBegan(let id): flushes[id] = writes
      case .flushEnded(let id):
        guard let covered = flushes.removeValue(forKey: id) else { continue }
        for number in unstable {
          var sector = sectors[number] ?? Sector()
          if let last = sector.later.last(where: { $0.write <= covered }) { sector.stable = last.version }
          sector.later.removeAll { $0.write <= covered }
          if sector.later.isEmpty { unstable.remove(number) }
          sectors[number] = sector
        }
      case .promised(let versions):
        for (number, version) in versions {
          let before = sectors[number]?.promised ?? 0
          sectors[number, default: Sector()].promised = max(before, version)
          check(number, at: cut)
        }
      }
    }
    return losses.values.sorted()
  }
}
