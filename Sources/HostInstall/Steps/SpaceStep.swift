/// Room for everything is proven before anything is written.
struct SpaceStep: InstallStep {
  let payloadSize: Int
  let kernels: [KernelFacts]
  let buildsImages: Bool

  let id = "space"
  var title: String { "Make sure that there is room" }
  var details: [String] {
    ["/boot: \(payloadSize >> 20) MiB for the ramdisk\(buildsImages ? ", and the new images" : "")"]
  }

  /// A generic image is at most this many times as large as the one in use, which may be for this machine only.
  private static let growth = 3

  func apply(_ context: StepContext) async throws {
    var boot = payloadSize
    // Packages' configuration files, and the record itself.
    var journal = 4 << 20
    if buildsImages {
      let sizes = try kernels.map { try FileImage(of: context.root.resolve($0.initramfs)).size }
      // Each is built beside the one in use.
      boot += sizes.reduce(0, +) * (SpaceStep.growth - 1) + (sizes.max() ?? 0)
      journal += sizes.reduce(0, +)
    }
    let directories = [("/boot", boot), (Journal.directory, journal)].map { (context.root.resolve($0), $1) }
    // On one file system both need their room at the same time.
    if try Files.status(directories[0].0)?.st_dev == Files.status(directories[1].0)?.st_dev {
      return try FreeSpace.prove(boot + journal, in: directories[0].0)
    }
    for (directory, size) in directories { try FreeSpace.prove(size, in: directory) }
  }
}
