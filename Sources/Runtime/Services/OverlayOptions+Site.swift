import BlockStore
import Linux
import SiteConfig

extension OverlayOptions {
  /// What the site says of its overlays; those in RAM share `budget`.
  init(site: Site.Overlay, budget: OverlayBudget) {
    let lifetime: Lifetime =
      switch site.keep {
      case .session: .session
      case .restart: .run
      case .always: .always
      }
    self.init(
      place: site.directory.isEmpty ? .memory : .directory(site.directory), lifetime: lifetime,
      limit: site.limit == 0 ? .max : UInt64(site.limit) << 20,
      budget: site.directory.isEmpty ? budget : nil)
  }
}

extension OverlayBudget {
  /// The RAM that the site gives to its overlays; half of what is free now where it names none.
  convenience init(site: Site.Overlay) {
    self.init(limit: site.memory == 0 ? Self.availableMemory() / 2 : UInt64(site.memory) << 20)
  }

  /// Bytes that could be used without swapping, as the kernel estimates them.
  private static func availableMemory() -> UInt64 {
    for line in (readAttribute("/proc/meminfo") ?? "").split(separator: "\n") {
      // MemAvailable:   16316412 kB
      let fields = line.split(separator: " ")
      if fields.first == "MemAvailable:", fields.count > 1, let kilobytes = UInt64(fields[1]) {
        return kilobytes << 10
      }
    }
    return 1 << 30
  }
}
