import Glibc

/// Room for everything is proven before anything is written.
struct SpaceStep: InstallStep {
  let payloadSize: Int
  /// Mount point or directory that the payload is put into.
  let payloadParent: String
  let kernels: [KernelFacts]
  let buildsImages: Bool

  let id = "space"
  var title: String { "Make sure that there is room" }
  var details: [String] {
    ["\(payloadParent): \(payloadSize >> 20) MiB for the ramdisk"]
      + (buildsImages ? ["/boot: the new images"] : [])
  }

  /// A generic image is at most this many times as large as the one in use, which may be for this machine only.
  static let growth = 3

  func apply(_ context: StepContext) async throws {
    var boot = 0
    // Packages' configuration files, and the record itself.
    var journal = 4 << 20
    if buildsImages {
      let sizes = try kernels.map { try FileImage(of: context.root.resolve($0.initramfs)).size }
      // Each is built beside the one in use.
      boot += sizes.reduce(0, +) * (SpaceStep.growth - 1) + (sizes.max() ?? 0)
      journal += sizes.reduce(0, +)
    }
    // On one file system all of them need their room at the same time.
    var wanted: [dev_t: (directory: String, size: Int)] = [:]
    for (path, size) in [(payloadParent, payloadSize), ("/boot", boot), (Journal.directory, journal)] {
      let directory = context.root.resolve(path)
      guard let device = try Files.status(directory)?.st_dev else { continue }
      wanted[device] = (directory, size + (wanted[device]?.size ?? 0))
    }
    for (directory, size) in wanted.values { try FreeSpace.prove(size, in: directory) }
  }
}
