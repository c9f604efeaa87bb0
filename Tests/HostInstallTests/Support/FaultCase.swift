import Glibc
import Testing

@testable import HostInstall

/// A system whose file systems are struck while something is done to it.
struct FaultCase: Sendable, CustomStringConvertible, CustomTestStringConvertible {
  let layout: ImagedSystem.Layout
  /// Mount point of the file system that is struck.
  let struck: String
  let loader: BootLoaderKind

  enum Operation: String, CaseIterable, Sendable { case install, update, uninstall }

  /// Those whose file systems the kernel that runs here has; with `RAMDISK_FAULTS_ON=KIND` those with one of that kind.
  static var all: [FaultCase] {
    let wanted = getenv("RAMDISK_FAULTS_ON").flatMap { FileSystemKind(rawValue: String(cString: $0)) }
    return [
      FaultCase(layout: ["/": .ext4], struck: "/", loader: .grub),
      FaultCase(layout: ["/": .xfs], struck: "/", loader: .grub),
      FaultCase(layout: ["/": .ext4, "/boot": .ext4], struck: "/boot", loader: .grub),
      FaultCase(layout: ["/": .ext4, "/boot": .xfs], struck: "/boot", loader: .grub),
      FaultCase(layout: ["/": .ext4, "/boot/efi": .vfat], struck: "/boot/efi", loader: .systemdBoot),
    ].filter { test in
      test.layout.values.allSatisfy(\.isKnown) && (wanted.map { test.layout.values.contains($0) } ?? true)
    }
  }

  static var isPossible: Bool {
    geteuid() == 0 && getenv("TEST_FULL") != nil && Files.exists("/usr/bin/grub-mount")
      && Files.exists("/dev/loop-control") && Files.exists("/dev/fuse")
  }

  var faults: [FileSystemFault] {
    FileSystemFault.allCases.filter { fault in
      // The journal is open for writing on the root, and FAT cannot be shut down.
      !(fault == .readOnly && struck == "/") && !(fault == .failing && layout[struck] == .vfat)
    }
  }

  var description: String {
    layout.sorted { $0.key < $1.key }.map { "\($0) \($1)" }.joined(separator: ", ") + ", \(loader.rawValue)"
  }
  var testDescription: String { description }

  /// Brings the system to where the operation starts.
  func prepare(_ system: FakeSystem, _ operation: Operation) async throws {
    if operation != .install { try await Installation(system).install() }
    if operation == .update { try system.makePayload(version: "2", byte: 2) }
  }

  /// Faults are the installer's own, not those of the programs that it calls.
  func run(_ operation: Operation, _ system: FakeSystem, _ faults: FaultPoints) async throws {
    let installation = try Installation(system, programs: FakePrograms(system), faults: faults)
    switch operation {
    case .install, .update: try await installation.install(operation.rawValue)
    case .uninstall: _ = try await installation.installer.uninstall()
    }
  }

  /// The next run: completes an interrupted installation or takes it back; at the end nothing of it may be left.
  func finish(
    _ system: FakeSystem, _ clean: [String: FileImage], completes: Bool
  ) async throws -> [String] {
    var problems: [String] = []
    let installer = try Installation(system).installer
    if completes, try Journal.read(in: system.root).interrupted != "uninstall" {
      try await installer.recover()
      try await Installation(system).install()
      problems = try installer.status().problems
    }
    if Journal.exists(in: system.root) { problems += try await installer.uninstall() }
    return try problems + system.changes(since: clean).filter { !FileSystemFault.isFiller($0) }
  }
}
