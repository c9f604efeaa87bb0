import Glibc
import Linux
import Testing

@testable import BlockStore

/// Random reads, writes, deallocations, flushes and restarts beside an array of what must be there.
@Suite struct OverlayFuzzTests {
  @Test(arguments: [UInt64(1), 2, 3, 4, 5, 6]) func readsWhatTheModelReads(seed: UInt64) throws {
    let bench = try OverlayBench(seed: seed)
    let place: OverlayOptions.Place = seed % 2 == 0 ? .memory : .directory(bench.scratch.path)
    let set = OverlaySet(base: bench.base, lun: 3, options: OverlayOptions(place: place))
    let overlay = try set.acquire("iqn.a:one")
    var model = OverlayModel(sectors: OverlayBench.sectors)
    for _ in 0..<1500 { try step(overlay, &model, bench) }
    #expect(try overlay.bytes(0..<OverlayBench.sectors) == model.expected(0..<OverlayBench.sectors))
    // Blocks in holes are owned and take no space.
    #expect(overlay.usedBytes == UInt64(overlay.stored.setCount(in: 0..<overlay.stored.count)) * 4096)
    #expect(overlay.usedBytes <= UInt64(overlay.owned.setCount(in: 0..<overlay.owned.count)) * 4096)
  }

  @Test(arguments: [UInt64(11), 12, 13, 14]) func restartsAndCrashesLoseNothingFlushed(seed: UInt64) throws {
    let bench = try OverlayBench(seed: seed)
    var model = OverlayModel(sectors: OverlayBench.sectors)
    for _ in 0..<25 {
      let set = bench.persistent()
      let overlay = try set.acquire("iqn.a:one")
      #expect(try overlay.bytes(0..<OverlayBench.sectors) == model.expected(0..<OverlayBench.sectors))
      for _ in 0..<Int.random(in: 0..<60, using: &bench.random) {
        try step(overlay, &model, bench)
        if Int.random(in: 0..<10, using: &bench.random) == 0 {
          try overlay.synchronize()
          model.flushed()
        }
      }
      if Bool.random(using: &bench.random) {
        // In order: what is released is flushed.
        guard case .flush(let left) = set.release("iqn.a:one", isLoggedOut: false) else {
          #expect(overlay.isEmpty)
          continue
        }
        try left.synchronize()
        model.flushed()
      } else {
        // Killed: the file is all that is left, and the map in it is that of the last flush.
        let file = try #require(overlay.file)
        let copy = try SparseCopy(file.path)
        withExtendedLifetime(overlay) {}
        try copy.write(to: file.path)
        let survivor = try bench.persistent().acquire("iqn.a:one")
        try model.recover(survivor.bytes(0..<OverlayBench.sectors))
      }
    }
  }

  private func step(_ overlay: Overlay, _ model: inout OverlayModel, _ bench: OverlayBench) throws {
    let range = bench.range()
    switch Int.random(in: 0..<10, using: &bench.random) {
    case 0..<4: try overlay.put(model.write(range), at: range.lowerBound)
    case 4:
      try overlay.zero(range)
      model.zero(range)
    case 5..<7:
      // As a ring would: piece by piece.
      try #expect(pieces(overlay, range) == model.expected(range))
    case 7:
      var bytes = [UInt8](repeating: 0xEE, count: range.count * 512)
      let isThere = bytes.withUnsafeMutableBytes {
        overlay.readCached(into: $0, at: UInt64(range.lowerBound) * 512)
      }
      if isThere { #expect(bytes == model.expected(range)) }
    default: #expect(try overlay.bytes(range) == model.expected(range))
    }
  }

  private func pieces(_ overlay: Overlay, _ sectors: Range<Int>) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0xEE, count: sectors.count * 512)
    var done = 0
    while done < bytes.count {
      let piece = overlay.piece(
        at: UInt64(sectors.lowerBound * 512 + done), length: bytes.count - done)
      try #require(piece.length > 0)
      let count = bytes.withUnsafeMutableBytes {
        let part = UnsafeMutableRawBufferPointer(rebasing: $0[done..<done + piece.length])
        if piece.isInMemory {
          return overlay.readCached(into: part, at: UInt64(sectors.lowerBound * 512 + done)) ? part.count : 0
        }
        return pread(piece.descriptor, part.baseAddress, part.count, off_t(piece.offset))
      }
      try #require(count == piece.length)
      done += count
    }
    return bytes
  }
}

/// The content of a sparse file at one moment, by pages of 4 KiB.
struct SparseCopy {
  var bytes: [UInt8]
  private static let zeros = [UInt8](repeating: 0, count: 4096)

  init(bytes: [UInt8]) { self.bytes = bytes }

  init(_ path: String) throws { bytes = try readFile(path, limit: 1 << 24) }

  /// Makes a new file with that content, as sparse as can be.
  func write(to path: String, cutAt length: Int? = nil) throws {
    unlink(path)
    let file = try OwnedDescriptor(path: path, flags: O_RDWR | O_CREAT)
    let number = file.number
    try syscall("extend") { ftruncate(number, off_t(length ?? bytes.count)) }
    for start in stride(from: 0, to: length ?? bytes.count, by: 4096) {
      let count = min(4096, (length ?? bytes.count) - start)
      try bytes.withUnsafeBytes { all in
        let page = all.baseAddress! + start
        guard memcmp(page, Self.zeros, count) != 0 else { return }
        try syscall("write") { pwrite(number, page, count, off_t(start)) }
      }
    }
  }
}
