import PayloadImage
import SystemPackage

/// Kernel and ramdisk are copied to the boot file system. What they replace is kept as a fallback.
struct PayloadStep: InstallStep {
  let source: String
  let manifest: Manifest
  /// On the file system that the boot loader reads.
  let directory: String

  let id = "payload"
  var title: String { "Copy kernel and ramdisk to \(directory)" }
  var details: [String] {
    manifest.files.map { "\(directory)/\($0.name) (\($0.size >> 20) MiB)" }
      + ["kernel \(manifest.kernelVersion), version \(manifest.productVersion)"]
  }

  func apply(_ context: StepContext) async throws {
    try manifest.verify(directory: FilePath(source))
    try context.transaction.makeDirectory(directory)
    try keepPrevious(context)
    for file in manifest.files {
      try context.transaction.copy("\(source)/\(file.name)", to: "\(directory)/\(file.name)")
    }
    try context.transaction.copy("\(source)/\(Manifest.fileName)", to: "\(directory)/\(Manifest.fileName)")
    try manifest.verify(directory: FilePath(context.root.resolve(directory)))
  }

  /// A payload that is there and differs becomes the previous one.
  private func keepPrevious(_ context: StepContext) throws {
    let real = context.root.resolve(directory)
    guard let installed = try? Manifest.read(directory: FilePath(real)), installed != manifest else { return }
    try context.transaction.makeDirectory(InstalledPaths.previous(directory))
    for name in installed.files.map(\.name) + [Manifest.fileName] where Files.exists("\(real)/\(name)") {
      try context.transaction.copy("\(real)/\(name)", to: "\(InstalledPaths.previous(directory))/\(name)")
    }
  }
}
