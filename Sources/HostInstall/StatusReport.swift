import PayloadImage
import SiteConfig
import SystemPackage

/// Whether the ramdisk is installed, whole, and what the next boot will be.
public struct StatusReport: Codable, Hashable, Sendable {
  public var isInstalled: Bool
  /// Operation that was killed and waits to be taken back or finished.
  public var interrupted: String?
  public var productVersion: String?
  public var kernelVersion: String?
  /// Everything that is wrong, in words; empty when healthy.
  public var problems: [String] = []
  /// Files that were changed since they were written: the user's edits among them.
  public var changed: [String] = []
  /// Versions of kernels that have no second image, where that is what they boot over the network with.
  public var kernelsWithoutImage: [String] = []
  /// Entry that the boot loader was told to take next; nil: its default.
  public var nextEntry: String?
  /// Whether that is the ramdisk.
  public var nextIsRamdisk = false
  /// How the ramdisk is in the boot menu.
  public var bootLoader: BootLoaderKind?

  /// The command that takes an interrupted operation back or finishes it.
  public static func command(mending operation: String) -> String {
    switch operation {
    case "uninstall": "ramdisk-install --uninstall"
    case "install": "ramdisk-install"
    // Of the others none begins by taking an interrupted one back.
    default: "ramdisk-install update"
    }
  }
}

extension Installer {
  /// Looks at what was installed. Changes nothing.
  public func status() throws -> StatusReport {
    let state = try Journal.read(in: root)
    let (facts, profile) = try detector().detect()
    var report = StatusReport(
      isInstalled: state.changes.contains { !state.pending.contains($0.id) }, interrupted: state.interrupted)
    guard report.isInstalled else { return report }
    let loader = profile.flatMap {
      BootLoaderContext(root: root, facts: facts, profile: $0, firmware: firmware).installed(state)
    }
    report.bootLoader = loader?.kind
    report.nextEntry = loader?.nextEntry
    report.nextIsRamdisk = report.nextEntry != nil && report.nextEntry == loader?.entry
    let payload = loader?.payloadDirectory ?? InstalledPaths.payloadDirectory
    let directory = FilePath(root.resolve(payload))
    do {
      let manifest = try Manifest.read(directory: directory)
      report.productVersion = manifest.productVersion
      report.kernelVersion = manifest.kernelVersion
      try manifest.verify(directory: directory)
    } catch {
      report.problems.append("\(error)")
    }
    for change in state.changes {
      guard case .file(let file) = change.action else { continue }
      let current = try FileImage(of: root.resolve(file.path, followLast: !file.isLink))
      if current.kind == .absent && file.after.kind != .absent {
        // The system's own files go when it wants, with a kernel that is removed.
        if file.ownership == .replaced && !facts.kernels.contains(where: { $0.images.contains(file.path) }) {
          continue
        }
        report.problems.append("\(file.path) is missing: run 'ramdisk-install update'")
      } else if !current.hasContent(of: file.after) {
        report.changed.append(file.path)
      }
    }
    report.problems += siteProblems(payload)
    if InstallOptions.InitramfsMode.chosen(state) == .sidecar {
      report.kernelsWithoutImage = SidecarImages.missing(facts.kernels, in: root).map(\.version)
    }
    report.problems += report.kernelsWithoutImage.map { kernel in
      "kernel \(kernel) has no second initramfs image, and is booted over the network with its own, which may not find the disk: "
        + "make room in /boot if it is full, then run 'ramdisk-install update'"
    }
    if try !KernelEvents(root: root).all().isEmpty {
      report.problems.append(
        "a kernel came or went while another run was at work, and the second images were not looked at since: run 'ramdisk-install update'"
      )
    }
    if let loader, !loader.hasEntry {
      report.problems.append("the boot menu has no entry for the ramdisk: run 'ramdisk-install update'")
    }
    return report
  }

  private func siteProblems(_ payload: String) -> [String] {
    guard let bytes = try? Files.read(root.resolve(InstalledPaths.site)) else { return [] }
    do {
      _ = try Site.parse(text: String(decoding: bytes, as: UTF8.self), fileName: InstalledPaths.site)
      let segment = try Files.read(root.resolve(InstalledPaths.siteSegment(payload)))
      if try SiteSegment.config(in: segment) != bytes {
        return ["\(InstalledPaths.site) was edited and is not in use yet: run 'ramdisk-install update'"]
      }
      return []
    } catch {
      return ["\(error)"]
    }
  }
}
