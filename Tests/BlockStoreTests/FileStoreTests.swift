import BlockStore
import Glibc
import Linux
import Testing

@Suite struct FileStoreTests {
  @Test(arguments: [false, true]) func readReturnsWhatWasWritten(durable: Bool) throws {
    let scratch = try Scratch()
    let store = try BlockStore.open(path: scratch.file(size: 1 << 20))
    let data = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    try store.put(data, at: 4096, durable: durable)
    #expect(try store.bytes(at: 4096, count: data.count) == data)
    #expect(try store.bytes(at: 4095, count: 1) == [0])
    try store.synchronize()
    var cached = [UInt8](repeating: 0, count: data.count)
    if cached.withUnsafeMutableBytes({ store.readCached(into: $0, at: 4096) }) { #expect(cached == data) }
  }

  @Test func geometryLeavesOutAPartOfABlock() throws {
    let scratch = try Scratch()
    let store = try BlockStore.open(path: scratch.file(size: 10_000))
    #expect(store.blockLength == 512 && store.blockCount == 19 && store.byteCount == 19 * 512)
    let large = try BlockStore.open(
      path: scratch.file("large", size: 10_000), options: BlockStoreOptions(fileBlockLength: 4096))
    #expect(large.blockLength == 4096 && large.blockCount == 2)
    #expect(throws: BlockStoreError.self) {
      try BlockStore.open(
        path: scratch.file("odd", size: 10_000), options: BlockStoreOptions(fileBlockLength: 1000))
    }
  }

  @Test func aDiscIsExchangedByPath() throws {
    let scratch = try Scratch()
    let path = try scratch.file("disc.iso", size: 10_240)
    let store = try BlockStore.open(path: path, options: BlockStoreOptions(mode: .readOnly, type: .disc))
    #expect(store.blockLength == 2048 && store.physicalBlockLength == 2048 && store.blockCount == 5)
    #expect(try store.otherImage() === nil)
    let (descriptor, serial) = (store.descriptor, store.identity.serialNumber)
    let other = try scratch.file("other.iso", size: 8192)
    let writer = try BlockStore.open(path: other)
    try writer.put([7, 8, 9], at: 2048, durable: false)
    // An image that somebody writes to is no disc yet.
    try #require(rename(other, path) == 0)
    #expect(throws: BlockStoreError.self) { try store.otherImage() }
    #expect(store.blockCount == 5)
    let third = try scratch.file("third.iso", size: 6144)
    try #require(rename(third, path) == 0)
    let image = try #require(try store.otherImage())
    #expect(store.blockCount == 5)
    try store.exchange(for: image)
    #expect(store.blockCount == 3 && store.descriptor == descriptor)
    #expect(store.identity.serialNumber == serial)
    #expect(try store.otherImage() === nil)
    #expect(try !store.revalidate())
    // A path that names nothing changes nothing.
    try #require(unlink(path) == 0)
    #expect(try store.otherImage() === nil)
    #expect(try store.bytes(at: 0, count: 2) == [0, 0])
  }

  @Test func whatIsNoDiskIsRefused() throws {
    let scratch = try Scratch()
    let missing = "\(scratch.path)/missing"
    #expect(throws: BlockStoreError.cannotOpen(SystemError(errno: ENOENT, attempt: "find \(missing)"))) {
      try BlockStore.open(path: missing)
    }
    let empty = try scratch.file("empty", size: 511)
    #expect(throws: BlockStoreError.empty(path: empty)) { try BlockStore.open(path: empty) }
    #expect(throws: BlockStoreError.notStorage(path: "/dev/null")) { try BlockStore.open(path: "/dev/null") }
  }

  @Test func oneWriterAtATime() throws {
    let scratch = try Scratch()
    let file = try scratch.file(size: 4096)
    let first = try BlockStore.open(path: file)
    #expect(throws: BlockStoreError.inUse(path: file, by: ["another program has locked it"])) {
      try BlockStore.open(path: file)
    }
    #expect(throws: BlockStoreError.self) {
      try BlockStore.open(path: file, options: BlockStoreOptions(mode: .readOnly))
    }
    // Saying so once, or of another path, is not enough.
    #expect(throws: BlockStoreError.self) {
      try BlockStore.open(
        path: file, options: BlockStoreOptions(claim: .sharedDespiteOthers(confirmedPath: "/dev/sda")))
    }
    let shared = BlockStoreOptions(claim: .sharedDespiteOthers(confirmedPath: file))
    #expect(try BlockStore.open(path: file, options: shared).blockCount == first.blockCount)
  }

  @Test func readersShareAndCannotWrite() throws {
    let scratch = try Scratch()
    let file = try scratch.file(size: 4096)
    let options = BlockStoreOptions(mode: .readOnly)
    let first = try BlockStore.open(path: file, options: options)
    let second = try BlockStore.open(path: file, options: options)
    #expect(first.identity == second.identity)
    #expect(second.deallocation == .unsupported)
    #expect(throws: BlockStoreError.readOnly(path: file)) { try second.put([1], at: 0) }
    #expect(throws: BlockStoreError.readOnly(path: file)) { try second.zero(offset: 0, length: 512) }
    #expect(throws: BlockStoreError.readOnly(path: file)) { try second.deallocate(offset: 0, length: 512) }
  }

  @Test func theLockEndsWithTheStore() throws {
    let scratch = try Scratch()
    let file = try scratch.file(size: 4096)
    for _ in 0..<3 { #expect(try BlockStore.open(path: file).blockCount == 8) }
  }

  @Test func zeroAndDeallocateReadAsZeros() throws {
    let scratch = try Scratch()
    let store = try BlockStore.open(path: scratch.file(size: 1 << 20))
    let ones = [UInt8](repeating: 1, count: 1 << 20)
    try store.put(ones, at: 0)
    try store.zero(offset: 512, length: 8192)
    try store.zero(offset: 0, length: 0)
    #expect(try store.bytes(at: 0, count: 512) == [UInt8](repeating: 1, count: 512))
    #expect(try store.bytes(at: 512, count: 8192) == [UInt8](repeating: 0, count: 8192))
    #expect(try store.bytes(at: 8704, count: 1) == [1])
    if store.deallocation == .readsZeros {
      try store.deallocate(offset: 65_536, length: 65_536)
      #expect(try store.bytes(at: 65_536, count: 65_536).allSatisfy { $0 == 0 })
      #expect(try store.bytes(at: 131_072, count: 1) == [1])
    }
    #expect(store.byteCount == 1 << 20)
  }

  @Test func accessOutsideFailsWithoutTrapping() throws {
    let scratch = try Scratch()
    let store = try BlockStore.open(path: scratch.file(size: 4096))
    for offset in [4096, UInt64(Int64.max), .max] {
      #expect(throws: BlockStoreError.self) { try store.bytes(at: offset, count: 512) }
    }
    #expect(throws: BlockStoreError.self) { try store.put([1], at: .max) }
    #expect(throws: BlockStoreError.self) { try store.zero(offset: .max, length: 512) }
    store.prefetch(offset: .max, length: .max)
    var byte: UInt8 = 0
    #expect(!withUnsafeMutableBytes(of: &byte) { store.readCached(into: $0, at: .max) })
  }

  @Test func sizeChangesAreNoticed() throws {
    let scratch = try Scratch()
    let file = try scratch.file(size: 4096)
    let store = try BlockStore.open(path: file)
    #expect(try !store.revalidate())
    truncate(file, 8192)
    #expect(try store.revalidate())
    #expect(store.blockCount == 16)
  }

  @Test func aLossIsNeverForgotten() throws {
    let scratch = try Scratch()
    let file = try scratch.file(size: 4096)
    let store = try BlockStore.open(path: file)
    #expect(store.lostWritesErrno == nil)
    store.noteFailedFlush(errno: EIO)
    store.noteFailedFlush(errno: ENOSPC)
    #expect(store.lostWritesErrno == EIO)
    #expect(throws: BlockStoreError.lostWrites(path: file, errno: EIO)) { try store.synchronize() }
    #expect(throws: BlockStoreError.lostWrites(path: file, errno: EIO)) {
      try store.put([1], at: 0, durable: true)
    }
    try store.put([1], at: 0)
    #expect(try store.bytes(at: 0, count: 1) == [1])
  }

  @Test func identityIsStableAndItsOwn() throws {
    let scratch = try Scratch()
    let one = try scratch.file("one", size: 4096)
    let two = try scratch.file("two", size: 4096)
    let first = try BlockStore.open(path: one).identity
    #expect(try BlockStore.open(path: one).identity == first)
    #expect(try BlockStore.open(path: two).identity != first)
    let seeded = BlockStoreIdentity(seed: "iqn.2024-01.example:disk/wwn:0x5000c500a1b2c3d4")
    #expect(seeded.serialNumber == "8be847b871c27e676cd3")
    #expect(seeded.naa >> 60 == 3)
    #expect(seeded.serialNumber.utf8.count == 20)
    let many = Set((0..<5000).map { BlockStoreIdentity(seed: "disk\($0)") })
    #expect(Set(many.map(\.naa)).count == 5000 && Set(many.map(\.serialNumber)).count == 5000)
  }
}
