import Glibc

/// Room for everything is proven before anything is written.
struct SpaceStep: InstallStep {
  let payloadSize: Int
  /// Mount point or directory that the payload is put into.
  let payloadParent: String
  let kernels: [KernelFacts]
  let buildsImages: Bool
  /// Whether the copies of images that boot loaders have are replaced, too.
  let renewsCopies: Bool

  let id = "space"
  var title: String { "Make sure that there is room" }
  var details: [String] {
    ["\(payloadParent): \(payloadSize >> 20) MiB for the ramdisk"]
      + (buildsImages ? imageDirectories.map { "\($0): the new images" } : [])
  }

  private var imageDirectories: [String] {
    ["/boot"] + (renewsCopies ? Set(kernels.flatMap(\.copies).map(Files.parent)).sorted() : [])
  }

  /// A generic image is at most this many times as large as the one in use, which may be for this machine only.
  static let growth = 3

  func apply(_ context: StepContext) async throws {
    // Packages' configuration files, and the record itself.
    var wanted = [Need(path: payloadParent, size: payloadSize), Need(path: Journal.directory, size: 4 << 20)]
    if buildsImages {
      let copies = Set(kernels.flatMap(\.copies))
      for path in kernels.flatMap(\.images) {
        let size = try FileImage(of: context.root.resolve(path)).size
        if renewsCopies || !copies.contains(path) {
          wanted.append(Need(path: Files.parent(path), size: size * (SpaceStep.growth - 1), beside: size))
        }
        wanted.append(Need(path: Journal.directory, size: size))
      }
    }
    // On one file system all of them need their room at the same time, but one after the other is built beside the one in use.
    var rooms: [dev_t: Need] = [:]
    for need in wanted {
      let directory = context.root.resolve(need.path)
      guard let device = try Files.status(directory)?.st_dev else { continue }
      let other = rooms[device] ?? Need(path: directory, size: 0)
      rooms[device] = Need(
        path: directory, size: other.size + need.size, beside: max(other.beside, need.beside))
    }
    for room in rooms.values { try FreeSpace.prove(room.size + room.beside, in: room.path) }
  }

  private struct Need {
    var path: String
    /// In bytes, for good.
    var size: Int
    /// In bytes, for a while.
    var beside = 0
  }
}
