import FoundationEssentials
import Glibc
import Linux

/// Kernels that came or went and were not looked at yet, each in a file of its own beside the journal.
///
/// A hook must not wait for another run: that may be the one whose packages called it. It leaves a note first and tries
/// the lock then, and a run looks for notes after it let go of the lock: so one of them sees it.
struct KernelEvents {
  struct Noted: Hashable {
    let path: String
    let event: KernelEvent
  }

  private static let prefix = "kernel-event-"

  /// On this machine.
  private let directory: String

  init(root: HostRoot) { directory = root.resolve(Journal.directory) }

  /// Leaves a note; it is on the disk when this returns.
  func add(_ event: KernelEvent) throws {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    // In the order in which they happened, and never the name of one that is being looked at.
    let time = String(UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec))
    let path = "\(directory)/\(KernelEvents.prefix)\(time)-\(getpid())"
    try AtomicFile.write(
      Array(JSONEncoder().encode(event)), to: path, AtomicFile.Metadata(mode: 0o600))
  }

  /// All notes, the oldest first. One that cannot be read is about some kernel.
  func all() throws -> [Noted] {
    try Files.list(directory).filter { $0.hasPrefix(KernelEvents.prefix) }.map { name in
      let path = "\(directory)/\(name)"
      let event = try? JSONDecoder().decode(KernelEvent.self, from: Data(Files.read(path)))
      return Noted(path: path, event: event ?? .changed)
    }
  }

  /// Forgets what was acted upon.
  func remove(_ noted: [Noted]) throws {
    for note in noted { try AtomicFile.remove(note.path) }
  }
}
