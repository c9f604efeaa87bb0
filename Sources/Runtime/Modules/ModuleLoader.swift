import Linux
import Synchronization

/// Loads kernel modules for devices, one at a time, in a thread of its own: probing hardware takes a while.
public final class ModuleLoader: Sendable {
  private struct State {
    var queue: [String] = []
    var seen: Set<String> = []
    var loaded: Set<String> = []
    var isStopping = false
  }

  private let directory: String
  private let index: ModuleIndex
  private let state = Mutex(State())
  private let wake: EventFlag
  private let report: @Sendable (ModuleReport) -> Void

  /// - Parameters:
  ///   - directory: `/lib/modules/RELEASE`.
  ///   - report: told what was loaded and what failed, on the loader's thread.
  public init(
    directory: String, report: @escaping @Sendable (ModuleReport) -> Void
  ) throws(SystemError) {
    self.directory = directory
    self.report = report
    index = ModuleIndex(directory: directory)
    wake = try EventFlag()
  }

  /// Number of modules at hand.
  public var available: Int { index.count }

  /// Starts the thread: it loads `always`, then what the devices present ask for, then what `request` asks.
  public func start(always: [String]) throws(SystemError) {
    _ = try ServiceThread(name: "modules") { [self] in
      for name in always { load(name) }
      // A bus driver brings devices that ask for more: until nothing new turns up.
      while true {
        let fresh = Self.presentAliases().filter { alias in state.withLock { $0.seen.insert(alias).inserted }
        }
        // What `request` was told of in the meantime.
        let asked = state.withLock { state in
          defer { state.queue = [] }
          return state.queue
        }
        if fresh.isEmpty && asked.isEmpty { break }
        for alias in fresh + asked { load(alias) }
      }
      report(.coldplugDone(loaded: state.withLock { $0.loaded.count }))
      serve()
    }
  }

  /// Asks for the modules of a device that has just appeared (its MODALIAS), or for one by name.
  public func request(_ alias: String) {
    let isNew = state.withLock {
      guard $0.seen.insert(alias).inserted else { return false }
      $0.queue.append(alias)
      return true
    }
    if isNew { wake.raise() }
  }

  /// Loads the modules for an alias or of a name now, in the calling thread.
  public func load(_ alias: String) {
    for module in index.modules(for: alias) {
      for path in index.loadOrder(of: module) {
        guard state.withLock({ $0.loaded.insert(path).inserted }) else { continue }
        do throws(SystemError) {
          try loadKernelModule("\(directory)/\(path)")
          report(.loaded(path))
        } catch {
          report(.failed(path, error))
        }
      }
    }
  }

  private func serve() {
    while !state.withLock({ $0.isStopping }) {
      _ = try? pollReadable([wake.number], timeout: nil)
      wake.lower()
      while let next = state.withLock({ $0.queue.isEmpty ? nil : $0.queue.removeFirst() }) { load(next) }
    }
  }

  /// The MODALIAS of every device that is there.
  private static func presentAliases() -> [String] {
    var aliases: Set<String> = []
    for bus in (try? directoryEntries("/sys/bus")) ?? [] {
      for device in (try? directoryEntries("/sys/bus/\(bus)/devices")) ?? [] {
        if let alias = readAttribute("/sys/bus/\(bus)/devices/\(device)/modalias"), !alias.isEmpty {
          aliases.insert(alias)
        }
      }
    }
    return aliases.sorted()
  }
}

/// What the module loader did.
public enum ModuleReport: Sendable {
  case loaded(String)
  /// A device may do without it; often the hardware is simply not there.
  case failed(String, SystemError)
  /// Everything for the devices present at the start was tried.
  case coldplugDone(loaded: Int)
}
