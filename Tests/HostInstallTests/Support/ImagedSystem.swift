import Glibc
import Linux

@testable import HostInstall

/// A fake system on real file systems in image files, which can be struck by faults and copied at any moment.
final class ImagedSystem: Sendable {
  /// Which file systems there are, by mount point in the system.
  typealias Layout = [String: FileSystemKind]

  let system: FakeSystem
  private let firmware: FakeFirmware
  /// By mount point, the root's first.
  let images: [(point: String, image: FileSystemImage)]
  private let directory: String

  /// A new one.
  convenience init(_ layout: Layout, _ loader: BootLoaderKind) throws {
    let directory = try Self.makeDirectory()
    let images = try Self.images(layout, directory)
    try self.init(directory, images, loader, FakeFirmware(loader), isNew: true)
    for (_, image) in images {
      try FileSystemFault.prepare(image.mountPoint)
      try settleFileSystem(of: image.mountPoint)
    }
  }

  private init(
    _ directory: String, _ images: [(String, FileSystemImage)], _ loader: BootLoaderKind,
    _ firmware: FakeFirmware, isNew: Bool
  ) throws {
    for (_, image) in images { try image.mount() }
    self.directory = directory
    self.images = images
    self.firmware = firmware
    system = try FakeSystem(loader, at: directory, firmware: firmware, isNew: isNew)
  }

  /// The file system that is mounted there in the system.
  func image(of point: String) -> FileSystemImage? {
    images.first { ($0.point.isEmpty ? "/" : $0.point) == point }?.image
  }

  /// What would be left if the power were cut now: copies of the images, mounted nowhere yet.
  func cutPower() throws -> PowerCut {
    let copy = try Self.makeDirectory()
    for (number, (_, image)) in images.enumerated() { try image.copy(to: "\(copy)/\(number).img") }
    return PowerCut(
      directory: copy, layout: Dictionary(images.map { ($0.point, $0.image.kind) }) { $1 },
      loader: system.loader, firmware: firmware.all)
  }

  struct PowerCut: Sendable {
    let directory: String
    let layout: Layout
    let loader: BootLoaderKind
    let firmware: [FirmwareVariable: FirmwareValue]

    /// What GRUB finds of the system's boot files, by path in the system, in lower case: in the images as they are, and
    /// with some of what their logs hold in its place already.
    func readByGRUB() throws -> [[String: FileImage]] {
      let images = try ImagedSystem.images(layout, directory)
      let torn = try (1...3).map { seed in try images.map { ($0, try $1.torn(UInt64(seed))) } }
      return try ([images] + torn).map(read)
    }

    private func read(_ images: [(point: String, image: FileSystemImage)]) throws -> [String: FileImage] {
      var found: [String: FileImage] = [:]
      for (point, image) in images {
        for (path, file) in try image.readByGRUB(below: point.isEmpty ? "/boot" : "") {
          found[(point + path).lowercased()] = file
        }
      }
      return found
    }

    func remove() throws { try shell("rm -r \"$1\"", directory) }

    /// The system comes back.
    func restart() throws -> ImagedSystem {
      let images = try ImagedSystem.images(layout, directory)
      for (_, image) in images { try image.repair() }
      return try ImagedSystem(
        directory, images, loader, FakeFirmware(isPresent: !firmware.isEmpty, firmware), isNew: false)
    }
  }

  /// Unmounts and removes everything; done already it does nothing.
  func remove() throws {
    guard Files.exists(directory) else { return }
    for (_, image) in images.reversed() { try image.unmount() }
    try shell("rm -r \"$1\"", directory)
  }

  /// After a test that failed on its way.
  deinit { try? remove() }

  private static func images(_ layout: Layout, _ directory: String) throws -> [(String, FileSystemImage)] {
    try layout.sorted { $0.key < $1.key }.enumerated().map { number, part in
      let point = part.key == "/" ? "" : part.key
      return (
        point,
        try FileSystemImage(
          part.value, "\(directory)/\(number).img", mountedAt: "\(directory)/root\(point)")
      )
    }
  }

  private static func makeDirectory() throws -> String {
    let parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/var/tmp"
    var template = Array("\(parent)/ramdisk-install-faults-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SystemError(errno: errno, attempt: "make a directory") }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
