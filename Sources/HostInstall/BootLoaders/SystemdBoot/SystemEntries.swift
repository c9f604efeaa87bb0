import BootMenu

/// The entries by which systemd-boot starts the system itself.
///
/// Programs that make images call hooks that write entries, of images that nobody asked them to start. A machine whose
/// default entry leads to a file that is not there does not boot.
struct SystemEntries: Hashable, Sendable {
  private let points: [String]
  private let root: HostRoot
  /// Paths of the entries that led to a missing file before anything was done: the user's business.
  private let wereBroken: Set<String>

  /// Looks at those of a system before anything is done.
  init(_ facts: SystemdBootFacts, _ root: HostRoot) {
    points = Set([facts.systemPartition.mountPoint, facts.entryPartition.mountPoint]).sorted()
    self.root = root
    wereBroken = Self.broken(on: points, root)
  }

  /// Their files.
  var paths: [String] { Self.files(on: points, root).map(\.path) }

  /// Makes sure that all lead to files that are there.
  ///
  /// - Throws: `BrokenEntry`.
  func check() throws(BrokenEntry) {
    let broken = Self.broken(on: points, root).subtracting(wereBroken)
    guard broken.isEmpty else { throw BrokenEntry(paths: broken.sorted()) }
  }

  private static func files(on points: [String], _ root: HostRoot) -> [(
    point: String, path: String, name: String, text: String
  )] {
    points.flatMap { point in
      SystemdBootOrder.files(in: point, root).map {
        (point, "\(point)/loader/entries/\($0.name)", $0.name, $0.text)
      }
    }
  }

  private static func broken(on points: [String], _ root: HostRoot) -> Set<String> {
    let broken = files(on: points, root).filter { file in
      guard let entry = LoaderEntry(fileName: file.name, text: file.text, variables: [:]) else {
        return false
      }
      return ["linux", "initrd", "efi", "uki", "devicetree"].contains { key in
        entry.all(key).contains { !Files.exists(root.resolve(file.point + "/" + $0)) }
      }
    }
    return Set(broken.map(\.path))
  }
}

/// After the images were made every entry of the system must lead to one.
struct CheckEntriesStep: InstallStep {
  let entries: SystemEntries

  let id = "check-entries"
  var title: String { "Make sure that systemd-boot still finds what its entries name" }
  var details: [String] { entries.paths }

  func apply(_ context: StepContext) async throws { try entries.check() }
}

/// A program that was called to make an image changed what the boot loader starts.
public struct BrokenEntry: Error, Hashable, Sendable, CustomStringConvertible {
  public let paths: [String]

  public var description: String {
    "\(paths.joined(separator: ", ")) would lead to a file that is not there: a hook of the initramfs generator wrote it "
      + "(/etc/initramfs/post-update.d, /etc/kernel/install.d)"
  }
}
