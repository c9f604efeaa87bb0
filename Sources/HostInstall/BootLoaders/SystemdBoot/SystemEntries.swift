import BootMenu

/// The entries by which systemd-boot starts systems, as they were before anything was done.
///
/// Programs that make images call hooks that write entries, of images that nobody asked them to start. A machine whose
/// default entry leads to a file that is not there does not boot.
struct SystemEntries: Hashable, Sendable {
  private struct Entry: Hashable {
    var path: String
    var text: String
    /// nil where it cannot be looked at.
    var image: FileImage?
    /// Whether it leads to files that are there, and that stay.
    var isWhole: Bool
  }

  private let points: [String]
  private let root: HostRoot
  private let before: [Entry]

  /// Looks at those of a system.
  init(_ facts: SystemdBootFacts, _ root: HostRoot) {
    points = Set([facts.systemPartition.mountPoint, facts.entryPartition.mountPoint]).sorted()
    self.root = root
    before = Self.entries(on: points, root)
  }

  /// Their files.
  var paths: [String] { before.map(\.path) }

  /// Those that led nowhere already.
  var broken: [String] { before.filter { !$0.isWhole }.map(\.path) }

  /// Puts back what entries held that lead nowhere now and did not before.
  ///
  /// - Returns: the paths of those entries.
  /// - Throws: `BrokenEntry` for one that was not there before; `SystemError`.
  func mend(_ faults: FaultPoints) throws -> [String] {
    let broken = Self.entries(on: points, root).filter { !$0.isWhole && !self.broken.contains($0.path) }
    for entry in broken {
      guard let whole = before.first(where: { $0.path == entry.path }), isWhole(whole.text, whole.path) else {
        throw BrokenEntry(path: entry.path)
      }
      let real = root.resolve(entry.path)
      try AtomicFile.write(
        Array(whole.text.utf8), to: real, AtomicFile.Metadata(whole.image ?? FileImage(of: real)),
        AtomicFile.Placement(of: real, in: root, faults))
    }
    return broken.map(\.path)
  }

  private static func entries(on points: [String], _ root: HostRoot) -> [Entry] {
    points.flatMap { point in
      SystemdBootOrder.files(in: point, root).map { file in
        let path = "\(point)/loader/entries/\(file.name)"
        return Entry(
          path: path, text: file.text, image: try? FileImage(of: root.resolve(path)),
          isWhole: isWhole(file.text, file.name, point, root))
      }
    }
  }

  private func isWhole(_ text: String, _ path: String) -> Bool {
    points.filter { path.hasPrefix($0 + "/") }.contains {
      Self.isWhole(text, Files.name(path), $0, root)
    }
  }

  private static func isWhole(_ text: String, _ name: String, _ point: String, _ root: HostRoot) -> Bool {
    guard let entry = LoaderEntry(fileName: name, text: text, variables: [:]) else { return true }
    return ["linux", "initrd", "efi", "uki", "devicetree"].allSatisfy { key in
      entry.all(key).allSatisfy {
        !AtomicFile.isTemporary($0) && Files.exists(root.resolve(point + "/" + $0))
      }
    }
  }
}

/// After the images were made, every entry must lead to one.
struct CheckEntriesStep: InstallStep {
  let entries: SystemEntries

  let id = "check-entries"
  var title: String { "Make sure that systemd-boot still finds what its entries name" }
  var details: [String] { entries.paths }

  func apply(_ context: StepContext) async throws {
    for path in try entries.mend(context.transaction.faults) {
      context.report(
        .warning(
          "a hook of the initramfs generator had \(path) lead to a file that does not stay: it is as before again"
        ))
    }
  }
}

/// A program that was called to make an image made an entry that leads nowhere.
public struct BrokenEntry: Error, Hashable, Sendable, CustomStringConvertible {
  public let path: String

  public var description: String {
    "\(path) leads to a file that is not there: a hook of the initramfs generator wrote it "
      + "(/etc/initramfs/post-update.d, /etc/kernel/install.d)"
  }
}
