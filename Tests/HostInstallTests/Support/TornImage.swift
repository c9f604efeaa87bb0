import Glibc
import Linux

@testable import HostInstall

extension FileSystemImage {
  /// As a power cut may leave it while the kernel brings what is in the log to its place: of the blocks that replaying
  /// the log would write, some are written. FAT has no log.
  func torn(_ seed: UInt64) throws -> FileSystemImage {
    guard kind != .vfat else { return self }
    let replayed = try replayed()
    let tornPath = "\(path).torn"
    try copy(to: tornPath)
    let file = try OwnedDescriptor(path: tornPath, flags: O_WRONLY)
    var state = seed
    for block in try differences(replayed) {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      guard state >> 63 == 1 else { continue }
      let bytes = try Self.read(replayed, block)
      _ = try syscall("write \(tornPath)") {
        pwrite(file.number, bytes, bytes.count, off_t(block * Self.block))
      }
    }
    return try FileSystemImage(kind, tornPath, mountedAt: mountPoint)
  }

  private static let block = 4096

  /// A copy that was mounted and unmounted.
  private func replayed() throws -> String {
    let path = "\(path).replayed"
    if Files.exists(path) { return path }
    try copy(to: path)
    let image = try FileSystemImage(kind, path, mountedAt: "\(path).mount")
    try image.mount()
    try image.unmount()
    return path
  }

  /// Numbers of the blocks that are not the same in another image.
  private func differences(_ other: String) throws -> [Int] {
    let (first, second) = (try Files.read(path), try Files.read(other))
    return first.withUnsafeBytes { first in
      second.withUnsafeBytes { second in
        (0..<min(first.count, second.count) / Self.block).filter { number in
          guard let left = first.baseAddress, let right = second.baseAddress else { return false }
          return memcmp(left + number * Self.block, right + number * Self.block, Self.block) != 0
        }
      }
    }
  }

  private static func read(_ path: String, _ number: Int) throws -> [UInt8] {
    let file = try OwnedDescriptor(path: path, flags: O_RDONLY)
    var bytes = [UInt8](repeating: 0, count: block)
    let count = try syscall("read \(path)") { pread(file.number, &bytes, block, off_t(number * block)) }
    return Array(bytes[..<count])
  }
}
