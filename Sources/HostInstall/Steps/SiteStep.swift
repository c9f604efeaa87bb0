import PayloadImage
import SiteConfig

/// The site configuration is written if there is none, and packed for the ramdisk.
struct SiteStep: InstallStep {
  /// Used for a new configuration; nil keeps the one that is there.
  let factory: SiteFactory?
  /// Where the segment goes.
  let directory: String

  let id = "site"
  var title: String {
    factory == nil
      ? "Pack \(InstalledPaths.site) for the ramdisk" : "Write \(InstalledPaths.site) with new secrets"
  }
  var details: [String] {
    [InstalledPaths.site, InstalledPaths.siteSegment(directory)].map { "\($0) (mode 0600)" }
      + (factory?.details ?? [])
  }

  func apply(_ context: StepContext) async throws {
    if let factory {
      let made = try factory.make(initramfs: InitramfsProbe(root: context.root).facts())
      try context.transaction.write(
        InstalledPaths.site, Array(SiteTemplate.render(made.site).utf8), mode: 0o600)
      for secret in made.secrets { context.report(.secret(name: secret.name, value: secret.value)) }
    }
    let bytes = try Files.read(context.root.resolve(InstalledPaths.site))
    _ = try Site.parse(text: String(decoding: bytes, as: UTF8.self), fileName: InstalledPaths.site)
    try context.transaction.makeDirectory(directory)
    try context.transaction.write(
      InstalledPaths.siteSegment(directory), SiteSegment.encoded(config: bytes), mode: 0o600)
  }
}
