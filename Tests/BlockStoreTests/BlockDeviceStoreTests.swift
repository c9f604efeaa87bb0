import BlockStore
import Glibc
import Linux
import Testing

@Suite(.serialized, .enabled(if: Scratch.mayUseLoopDevices, "needs root for loop devices"))
struct BlockDeviceStoreTests {
  @Test func aDeviceTellsItsGeometry() throws {
    let scratch = try Scratch()
    let device = try scratch.loopDevice(try scratch.file(size: 1 << 20))
    let store = try BlockStore.open(path: device)
    #expect(store.blockLength == 512 && store.blockCount == 2048)
    #expect(store.physicalBlockLength >= 512)
    let data = [UInt8](repeating: 0xA5, count: 4096)
    try store.put(data, at: 8192, durable: true)
    #expect(try store.bytes(at: 8192, count: 4096) == data)
    try store.zero(offset: 8192, length: 4096)
    #expect(try store.bytes(at: 8192, count: 4096).allSatisfy { $0 == 0 })
    if store.deallocation != .unsupported { try store.deallocate(offset: 0, length: 65_536) }
    try store.synchronize()
  }

  @Test func aDeviceInUseIsRefused() throws {
    let scratch = try Scratch()
    let device = try scratch.loopDevice(try scratch.file(size: 1 << 20))
    let holder = try OwnedDescriptor(path: device, flags: O_RDWR | O_EXCL)
    #expect(throws: BlockStoreError.inUse(path: device, by: ["another program or the kernel has claimed it"]))
    {
      try BlockStore.open(path: device)
    }
    #expect(throws: BlockStoreError.self) {
      try BlockStore.open(path: device, options: BlockStoreOptions(mode: .readOnly))
    }
    let shared = BlockStoreOptions(claim: .sharedDespiteOthers(confirmedPath: device))
    #expect(try BlockStore.open(path: device, options: shared).blockCount == 2048)
    _ = holder.number
  }

  /// The kernel reports lost pages once; a second flush must not claim success.
  @Test func lostWritesAreReportedEverAfter() throws {
    let scratch = try Scratch()
    let directory = try scratch.smallFileSystem(megabytes: 1)
    let file = "\(directory)/disk"
    do {
      let descriptor = try OwnedDescriptor(path: file, flags: O_RDWR | O_CREAT)
      let number = descriptor.number
      try syscall("extend \(file)") { ftruncate(number, 8 << 20) }
    }
    let device = try scratch.loopDevice(file)
    let store = try BlockStore.open(path: device)
    try store.put([UInt8](repeating: 7, count: 4 << 20), at: 0)
    #expect(throws: BlockStoreError.self) { try store.synchronize() }
    _ = fdatasync(store.descriptor)
    let lost = try #require(store.lostWritesErrno)
    #expect(throws: BlockStoreError.lostWrites(path: device, errno: lost)) { try store.synchronize() }
  }
}
