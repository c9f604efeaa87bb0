import Synchronization

@testable import HostInstall

/// Sees what becomes of a system's boot files while something is done to them, and judges what a boot loader finds.
final class BootWitness: Sendable {
  private let system: FakeSystem
  /// Every content that a file had at some moment; `absent` only where it was so at the beginning or the end.
  private let versions = Mutex<[String: [FileImage]]>([:])

  init(_ system: FakeSystem) throws {
    self.system = system
    try look()
  }

  /// To be called at every place, and at the end.
  func look() throws {
    for (path, image) in try state() { add(image, path) }
  }

  /// Notes which files are not there now: allowed at the beginning and at the end only.
  func noteAbsent(among states: [String: FileImage]...) {
    let paths = Set(states.flatMap(\.keys)).union(versions.withLock { $0.keys })
    for path in paths where states.contains(where: { $0[path] == nil }) { add(.absent, path) }
  }

  /// The files as they are now, by path in lower case: so GRUB spells names on FAT.
  func state() throws -> [String: FileImage] {
    let files = try TreeSnapshot(["/boot"], in: system.root).images.filter { $0.value.kind == .file }
    return Dictionary(files.map { ($0.lowercased(), $1) }) { $1 }
  }

  private func add(_ image: FileImage, _ path: String) {
    versions.withLock { versions in
      if !versions[path, default: []].contains(where: image.hasContent) {
        versions[path, default: []].append(image)
      }
    }
  }

  /// What is wrong with what a boot loader finds.
  ///
  /// - Parameter installed: the state in which our entry leads to something whole; nil while a payload is replaced.
  func problems(_ read: [String: FileImage], installed: [String: FileImage]?) -> [String] {
    let versions = versions.withLock { $0 }
    var problems = Set(versions.keys).union(read.keys).filter { path in
      let found = read[path] ?? .absent
      // A temporary file is nothing that a loader looks at.
      if found.kind == .directory || path.contains(".ramdisk-install") { return false }
      // A directory that was just made may show anything, or nothing yet; nothing names what never was in one of ours.
      if versions[path] == nil && (found.kind == .absent || path.contains("/iscsi-target-ramdisk/")) {
        return false
      }
      return !(versions[path] ?? []).contains(where: found.hasContent)
    }.map { "\($0) is none of its versions: \(read[$0] ?? .absent)" }
    if let installed, let entry = entry(installed),
      read[entry]?.hasContent(of: installed[entry] ?? .absent) == true
    {
      problems += installed.keys.filter {
        $0.contains("/iscsi-target-ramdisk/") && read[$0]?.digest != installed[$0]?.digest
      }.map { "the entry leads to \($0), which is \(read[$0] ?? .absent)" }
    }
    return problems.sorted()
  }

  /// The file with our entry.
  private func entry(_ installed: [String: FileImage]) -> String? {
    installed.keys.first {
      $0.hasSuffix("/custom.cfg") || $0.hasSuffix(LoaderEntryFile.name.lowercased() + ".conf")
    }
  }
}
