import Glibc
import Linux

@testable import BlockStore

/// A directory that goes away with this value, and what was set up in it.
final class Scratch {
  let path: String
  private var undo: [() -> Void] = []

  init() throws {
    var template = Array("/tmp/blockstore-test-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw SystemError(errno: errno, attempt: "make a directory") }
    path = String(cString: made)
  }

  deinit {
    for action in undo.reversed() { action() }
    for name in (try? directoryEntries(path)) ?? [] { unlink("\(path)/\(name)") }
    rmdir(path)
  }

  /// A sparse file of `size` bytes.
  func file(_ name: String = "disk", size: Int) throws -> String {
    let file = "\(path)/\(name)"
    let descriptor = try OwnedDescriptor(path: file, flags: O_RDWR | O_CREAT)
    let number = descriptor.number
    try syscall("extend \(file)") { ftruncate(number, off_t(size)) }
    return file
  }

  /// A tmpfs with room for `megabytes`, mounted here.
  func smallFileSystem(megabytes: Int) throws -> String {
    let directory = "\(path)/small"
    try mountFileSystem("tmpfs", from: "tmpfs", at: directory, data: "size=\(megabytes)m")
    undo.append {
      try? unmountFileSystem(directory, lazily: true)
      rmdir(directory)
    }
    return directory
  }

  /// A loop device on `file`.
  func loopDevice(_ file: String) throws -> String {
    let control = try OwnedDescriptor(path: "/dev/loop-control", flags: O_RDWR)
    let backing = try OwnedDescriptor(path: file, flags: O_RDWR)
    for _ in 0..<8 {
      let controlNumber = control.number
      let index = try syscall("find a free loop device") { ioctl(controlNumber, UInt(0x4C82), CInt(0)) }
      let device = "/dev/loop\(index)"
      let loop = try OwnedDescriptor(path: device, flags: O_RDWR)
      // Another process may have taken it meanwhile.
      guard ioctl(loop.number, UInt(0x4C00), backing.number) == 0 else { continue }
      undo.append {
        guard let loop = try? OwnedDescriptor(path: device, flags: O_RDWR) else { return }
        _ = ioctl(loop.number, UInt(0x4C01), CInt(0))
      }
      return device
    }
    throw SystemError(errno: EBUSY, attempt: "set up a loop device")
  }

  /// Whether this process may make loop devices and mounts.
  static var mayUseLoopDevices: Bool { geteuid() == 0 && access("/dev/loop-control", R_OK | W_OK) == 0 }
}

extension BlockStore {
  func bytes(at offset: UInt64, count: Int) throws(BlockStoreError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0xEE, count: count)
    let failure = bytes.withUnsafeMutableBytes { buffer -> BlockStoreError? in
      do throws(BlockStoreError) {
        try read(into: buffer, at: offset)
        return nil
      } catch { return error }
    }
    if let failure { throw failure }
    return bytes
  }

  func put(_ bytes: [UInt8], at offset: UInt64, durable: Bool = false) throws(BlockStoreError) {
    let failure = bytes.withUnsafeBytes { buffer -> BlockStoreError? in
      do throws(BlockStoreError) {
        try write(buffer, at: offset, durable: durable)
        return nil
      } catch { return error }
    }
    if let failure { throw failure }
  }
}
