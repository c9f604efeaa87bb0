import Glibc
import Linux
import Testing

@testable import BlockStore

/// Whose overlay it is, how long it lives, and what becomes of it.
@Suite struct OverlaySetTests {
  private let one = "iqn.a:one"
  private let two = "iqn.a:two"

  @Test func eachInitiatorHasItsOwn() throws {
    let bench = try OverlayBench(seed: 1)
    let set = OverlaySet(base: bench.base, lun: 0, options: OverlayOptions())
    let first = try set.acquire(one)
    let second = try set.acquire(two)
    try first.put([UInt8](repeating: 1, count: 512), at: 3)
    try second.put([UInt8](repeating: 2, count: 512), at: 3)
    #expect(try first.bytes(3..<4) == [UInt8](repeating: 1, count: 512))
    #expect(try second.bytes(3..<4) == [UInt8](repeating: 2, count: 512))
    // What lies in the same block is the base's.
    #expect(try first.bytes(0..<3) == OverlayModel(sectors: 3).expected(0..<3))
    #expect(try set.acquire(one) === first)
    #expect(first.usedBytes == 4096)
    #expect(set.list().map(\.initiator) == [one, two])
    #expect(try readFile(bench.base.path, limit: 1 << 22) == OverlayModel.base(sectors: OverlayBench.sectors))
    #expect(throws: BlockStoreError.readOnly(path: bench.base.path)) { try bench.base.put([1], at: 0) }
  }

  @Test func aFullOverlayTakesNoNewBlocksAndKeepsWhatItHas() throws {
    let bench = try OverlayBench(seed: 1)
    let budget = OverlayBudget(limit: 6 * 4096)
    let set = OverlaySet(
      base: bench.base, lun: 0, options: OverlayOptions(limit: 4 * 4096, budget: budget))
    let first = try set.acquire(one)
    let block = [UInt8](repeating: 9, count: 4096)
    for index in 0..<4 { try first.put(block, at: index * 8) }
    #expect(errno { try first.put(block, at: 40) } == ENOSPC)
    // Half of it has its place already; nothing is written all the same.
    #expect(errno { try first.put(block, at: 28) } == ENOSPC)
    #expect(try first.bytes(24..<40) == block + OverlayModel(sectors: 40).expected(32..<40))
    try first.put([UInt8](repeating: 8, count: 4096), at: 24)
    #expect(try first.bytes(24..<32) == [UInt8](repeating: 8, count: 4096))
    // Another lives on, until the memory of all is gone.
    let second = try set.acquire(two)
    try second.put(block, at: 0)
    try second.put(block, at: 8)
    #expect(errno { try second.put(block, at: 16) } == ENOSPC)
    // Deallocating makes room.
    try first.zero(0..<16)
    #expect(first.usedBytes == 2 * 4096)
    try second.put(block, at: 16)
    #expect(try first.bytes(0..<16) == [UInt8](repeating: 0, count: 8192))
    #expect(budget.used == 5 * 4096)
  }

  @Test func aFullFileSystemIsAFullOverlay() throws {
    guard Scratch.mayUseLoopDevices else { return }
    let bench = try OverlayBench(seed: 1)
    let small = try bench.scratch.smallFileSystem(megabytes: 2)
    let set = OverlaySet(
      base: bench.base, lun: 0, options: OverlayOptions(place: .directory(small), lifetime: .always))
    let overlay = try set.acquire(one)
    try writeFile("\(small)/filler", [UInt8](repeating: 1, count: 3 << 19))
    var written = 0
    var found: Int32 = 0
    while found == 0, written < OverlayBench.sectors - 8 {
      found = errno { try overlay.put([UInt8](repeating: 3, count: 4096), at: written) }
      if found == 0 { written += 8 }
    }
    #expect(found == ENOSPC)
    #expect(overlay.usedBytes == UInt64(written) * 512)
    let untouched = written..<written + 8
    #expect(try overlay.bytes(untouched) == OverlayModel(sectors: 2000).expected(untouched))
    unlink("\(small)/filler")
    try overlay.put([UInt8](repeating: 4, count: 4096), at: written)
  }

  @Test func memoryComesBack() throws {
    let bench = try OverlayBench(seed: 1)
    let budget = OverlayBudget(limit: 1 << 20)
    let set = OverlaySet(
      base: bench.base, lun: 0, options: OverlayOptions(lifetime: .session, budget: budget))
    try set.acquire(one).put([UInt8](repeating: 1, count: 8192), at: 0)
    #expect(budget.used == 8192)
    // It lost its connection: the overlay waits for it.
    guard case .nothing = set.release(one, isLoggedOut: false) else {
      Issue.record("something remains to be done")
      return
    }
    #expect(try set.acquire(one).usedBytes == 8192)
    _ = set.release(one, isLoggedOut: true)
    #expect(budget.used == 0)
    #expect(set.list().isEmpty)
    #expect(try set.acquire(one).isEmpty)
  }

  @Test func anEmptyOverlayLeavesNothingBehind() throws {
    let bench = try OverlayBench(seed: 1)
    let set = bench.persistent()
    _ = try set.acquire(one)
    #expect(try directoryEntries(bench.scratch.path).count == 2)
    _ = set.release(one, isLoggedOut: false)
    #expect(try directoryEntries(bench.scratch.path) == ["base"])
  }

  @Test func aBaseThatDoesNotFitIsRefused() throws {
    let bench = try OverlayBench(seed: 1)
    func write() throws -> String {
      let overlay = try bench.persistent().acquire(one)
      try overlay.put([UInt8](repeating: 1, count: 512), at: 0)
      try overlay.synchronize()
      return try #require(overlay.file).path
    }
    let path = try write()
    func problem(_ base: BlockStore, as name: String? = nil) -> String? {
      let set = OverlaySet(
        base: base, lun: 0,
        options: OverlayOptions(place: .directory(bench.scratch.path), lifetime: .always))
      do {
        _ = try set.acquire(name ?? one)
        return nil
      } catch BlockStoreError.overlay(path, let problem) { return problem } catch { return "\(error)" }
    }
    #expect(problem(bench.base) == nil)
    // Another disk at the same place.
    let options = BlockStoreOptions(mode: .overlay, identitySeed: "other")
    #expect(
      problem(try BlockStore.open(path: bench.base.path, options: options))?.contains("another disk") == true)
    // Another initiator's file under its name.
    rename(path, "\(bench.scratch.path)/\(OverlaySet.fileName(lun: 0, two))")
    let stolen = try? OverlaySet(
      base: bench.base, lun: 0,
      options: OverlayOptions(place: .directory(bench.scratch.path), lifetime: .always)
    ).acquire(two)
    #expect(stolen == nil)
    rename("\(bench.scratch.path)/\(OverlaySet.fileName(lun: 0, two))", path)
    // The disk has been written to.
    try Array("x".utf8).withUnsafeBytes { bytes in
      let file = try OwnedDescriptor(path: bench.base.path, flags: O_WRONLY)
      let number = file.number
      try syscall("write") { pwrite(number, bytes.baseAddress, 1, 0) }
      // The clock of file systems is coarse.
      var times = [timespec(tv_sec: 1, tv_nsec: 0), timespec(tv_sec: 1, tv_nsec: 0)]
      try syscall("set the time") { futimens(number, &times) }
    }
    #expect(problem(bench.base)?.hasPrefix("the disk was written to after it was made") == true)
    #expect(bench.persistent().list().first?.problem?.hasPrefix("the disk was written to") == true)
    // The disk has grown.
    truncate(bench.base.path, off_t(OverlayBench.sectors + 8) * 512)
    try bench.base.revalidate()
    #expect(problem(bench.base)?.hasPrefix("it was made over a disk of") == true)
  }

  @Test(arguments: [false, true]) func commitWritesItToTheBase(isPersistent: Bool) throws {
    let bench = try OverlayBench(seed: 5)
    let set =
      isPersistent ? bench.persistent() : OverlaySet(base: bench.base, lun: 0, options: OverlayOptions())
    var model = OverlayModel(sectors: OverlayBench.sectors)
    let overlay = try set.acquire(one)
    for index in 0..<40 {
      let range = bench.range()
      if index % 5 == 4 {
        try overlay.zero(range)
        model.zero(range)
      } else {
        try overlay.put(model.write(range), at: range.lowerBound)
      }
    }
    #expect(throws: OverlayRefusal.inUse(initiator: one)) { try set.commit(one) }
    #expect(throws: OverlayRefusal.inUse(initiator: one)) { try set.discard(one) }
    let other = try set.acquire(two)
    _ = set.release(one, isLoggedOut: true)
    #expect(throws: OverlayRefusal.baseInUse(by: two)) { try set.commit(one) }
    try other.put([1], at: 0)
    _ = set.release(two, isLoggedOut: true)
    #expect(throws: OverlayRefusal.othersDepend([two])) { try set.commit(one) }
    try set.discard(two)
    #expect(throws: OverlayRefusal.unknown(initiator: two, lun: 0)) { try set.discard(two) }
    // Another program that reads the base keeps us from writing to it.
    let reader = try BlockStore.open(
      path: bench.base.path, options: BlockStoreOptions(mode: .readOnly, identitySeed: "base"))
    #expect(throws: OverlayRefusal.self) { try set.commit(one) }
    withExtendedLifetime(reader) {}
  }

  @Test(arguments: [false, true]) func aCommittedOverlayIsTheBase(isPersistent: Bool) throws {
    let bench = try OverlayBench(seed: 6)
    let set =
      isPersistent ? bench.persistent() : OverlaySet(base: bench.base, lun: 0, options: OverlayOptions())
    var model = OverlayModel(sectors: OverlayBench.sectors)
    let all = 0..<OverlayBench.sectors
    let overlay = try set.acquire(one)
    for index in 0..<60 {
      let range = bench.range()
      if index % 5 == 4 {
        try overlay.zero(range)
        model.zero(range)
      } else {
        try overlay.put(model.write(range), at: range.lowerBound)
      }
    }
    _ = set.release(one, isLoggedOut: false)
    if isPersistent {
      // Interrupted after it had begun: no login, but the commit can be carried on with.
      let file = try #require(overlay.file)
      try overlay.synchronize()
      try file.markCommitting(overlay.layer.descriptor)
      let copy = try SparseCopy(file.path)
      try copy.write(to: file.path)
      let later = bench.persistent()
      #expect(throws: BlockStoreError.self) { _ = try later.acquire(one) }
      try later.commit(one)
      #expect(later.list().isEmpty)
    } else {
      try set.commit(one)
      #expect(set.list().isEmpty)
    }
    #expect(throws: OverlayRefusal.unknown(initiator: two, lun: 0)) { try bench.persistent().commit(two) }
    #expect(try readFile(bench.base.path, limit: 1 << 22) == model.expected(all))
    #expect(try bench.persistent().acquire(one).bytes(all) == model.expected(all))
  }

  @Test func namesOfInitiatorsAreNoPaths() {
    #expect(
      OverlaySet.fileName(lun: 2, "iqn.2025-01.net.example:pc1") == "lun2-iqn.2025-01.net.example:pc1.overlay"
    )
    #expect(OverlaySet.fileName(lun: 0, "../../etc/passwd") == "lun0-..%2f..%2fetc%2fpasswd.overlay")
    let long = OverlaySet.fileName(lun: 0, String(repeating: "ä", count: 111))
    #expect(long.utf8.count < 255)
    #expect(long != OverlaySet.fileName(lun: 0, String(repeating: "ä", count: 110) + "x"))
  }

  private func errno(_ body: () throws -> Void) -> Int32 {
    do {
      try body()
      return 0
    } catch let error as BlockStoreError { return error.errno } catch { return -1 }
  }
}
