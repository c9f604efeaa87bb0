import Glibc
import Linux
import Testing

@testable import BlockStore

/// A loss of power at any instant: each page that was not flushed is there or is not.
@Suite struct OverlayCrashTests {
  @Test(arguments: [UInt64(21), 22, 23]) func whatWasFlushedSurvivesALossOfPower(seed: UInt64) throws {
    let bench = try OverlayBench(seed: seed)
    var model = OverlayModel(sectors: OverlayBench.sectors)
    for _ in 0..<12 {
      let set = bench.persistent()
      let overlay = try set.acquire("iqn.a:one")
      let file = try #require(overlay.file)
      try write(overlay, &model, bench)
      try overlay.synchronize()
      model.flushed()
      let stable = try SparseCopy(file.path)
      try write(overlay, &model, bench)
      // The flush, step by step; the power fails before, between or after them.
      let instant = Int.random(in: 0..<3, using: &bench.random)
      var image: SparseCopy
      if instant == 0 {
        image = try mixed(stable, SparseCopy(file.path), bench)
      } else {
        let pages = overlay.lock.withLock { _ in file.takeChanges(of: overlay.owned) }
        try overlay.layer.synchronize()
        let blocksStable = try SparseCopy(file.path)
        // What comes after the map was taken must not be named by it.
        try write(overlay, &model, bench)
        try file.write(pages, to: overlay.layer)
        image = try mixed(blocksStable, SparseCopy(file.path), bench)
        if instant == 2 {
          try overlay.layer.synchronize()
          image = try SparseCopy(file.path)
        }
      }
      withExtendedLifetime(overlay) {}
      try image.write(to: file.path)
      let survivor = try bench.persistent().acquire("iqn.a:one")
      try model.recover(survivor.bytes(0..<OverlayBench.sectors))
      try survivor.synchronize()
    }
  }

  private func write(_ overlay: Overlay, _ model: inout OverlayModel, _ bench: OverlayBench) throws {
    for _ in 0..<Int.random(in: 1..<12, using: &bench.random) {
      let range = bench.range(longest: 40)
      if Int.random(in: 0..<5, using: &bench.random) == 0 {
        try overlay.zero(range)
        model.zero(range)
      } else {
        try overlay.put(model.write(range), at: range.lowerBound)
      }
    }
  }

  /// Every page of the file as it was before or as it is now.
  private func mixed(_ before: SparseCopy, _ now: SparseCopy, _ bench: OverlayBench) throws -> SparseCopy {
    var image = before
    for start in stride(from: 0, to: now.bytes.count, by: 4096) where Bool.random(using: &bench.random) {
      let page = start..<min(start + 4096, now.bytes.count)
      image.bytes.replaceSubrange(page, with: now.bytes[page])
    }
    return image
  }

  @Test func aFileThatWasCutOffIsRefused() throws {
    let bench = try OverlayBench(seed: 1)
    let set = bench.persistent()
    let overlay = try set.acquire("iqn.a:one")
    try overlay.put([UInt8](repeating: 7, count: 4096), at: 8)
    try overlay.synchronize()
    let file = try #require(overlay.file)
    let copy = try SparseCopy(file.path)
    for length in [file.header.fileLength - 1, file.header.dataOffset, 8192, 4096] {
      try copy.write(to: file.path, cutAt: Int(length))
      #expect(
        throws: BlockStoreError.overlay(
          path: file.path, problem: "it was cut off at \(length) of \(file.header.fileLength) bytes")
      ) {
        _ = try bench.persistent().acquire("iqn.a:one")
      }
    }
    try copy.write(to: file.path, cutAt: 100)
    #expect(throws: BlockStoreError.overlay(path: file.path, problem: "it is not an overlay; move it away")) {
      _ = try bench.persistent().acquire("iqn.a:one")
    }
    // Never got its header: nothing was ever acknowledged to it.
    try SparseCopy(bytes: Array(repeating: 0, count: 5000)).write(to: file.path)
    #expect(try bench.persistent().acquire("iqn.a:one").isEmpty)
  }

  @Test func aDamagedHeaderIsNoticed() throws {
    let bench = try OverlayBench(seed: 1)
    let overlay = try bench.persistent().acquire("iqn.a:one")
    let file = try #require(overlay.file)
    let good = try SparseCopy(file.path)
    for position in [8, 17, 26, 33, 37, 41, 45, 50, 4000, 4090] {
      var bad = good
      bad.bytes[position] ^= 0x20
      try bad.write(to: file.path)
      #expect(throws: BlockStoreError.overlay(path: file.path, problem: "its header is damaged")) {
        _ = try bench.persistent().acquire("iqn.a:one")
      }
    }
    #expect(bench.persistent().list().map(\.initiator) == ["iqn.a:one"])
    try bench.persistent().discard("iqn.a:one")
    #expect(bench.persistent().list().isEmpty)
  }
}
