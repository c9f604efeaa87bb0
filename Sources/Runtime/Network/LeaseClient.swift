import DHCP
import Linux
import Logging
import SiteConfig
import Synchronization

/// Gets leases from the networks' DHCP servers and keeps them alive.
final class LeaseClient: Sendable {
  private let console: Console
  private let logger: Logger
  /// What keeps the lease of each interface.
  private let keepers = Mutex<[String: LeaseKeeper]>([:])
  /// The lease of each interface that was told last.
  private let told = Mutex<[String: AcquiredAddress]>([:])

  init(console: Console) {
    self.console = console
    logger = Logger(label: "dhcp-client") { ConsoleLogHandler(label: $0, console: console, level: .warning) }
  }

  /// Asks for a lease, at most for `timeout`, and keeps it; says on another thread what came of it.
  func acquire(
    _ interface: String, timeout: Duration, then: @escaping @Sendable (AcquiredAddress?) -> Void
  ) {
    Task.detached { [self] in
      do throws(SystemError) {
        let lease = try await DHCPClient.acquire(interface: interface, timeout: timeout)
        if let lease { try keep(lease, of: interface, then: then) }
        then(lease.map { AcquiredAddress($0) })
      } catch {
        console.say("asking for an address on \(interface): \(error)")
        then(nil)
      }
    }
  }

  private func keep(
    _ lease: Lease, of interface: String, then: @escaping @Sendable (AcquiredAddress?) -> Void
  ) throws(SystemError) {
    let console = console
    told.withLock { $0[interface] = AcquiredAddress(lease) }
    let keeper = try LeaseKeeper(interface: interface, lease: lease, logger: logger) { [self] change in
      switch change {
      case .obtained(let renewed):
        let renewed = AcquiredAddress(renewed)
        if told.withLock({ $0.updateValue(renewed, forKey: interface) }) != renewed { then(renewed) }
      case .lost(let lost):
        // It stays: initiators' disks hang on it, and most likely the server is just away.
        console.say("\(interface): the lease of \(lost.address) could not be renewed")
      }
    }
    let old = keepers.withLock { $0.updateValue(keeper, forKey: interface) }
    old?.stop()
    try keeper.start()
  }
}

extension AcquiredAddress {
  init(_ lease: Lease) {
    self.init(address: lease.address, prefixLength: lease.prefixLength, gateway: lease.routers.first)
  }
}

extension NetworkPlan {
  /// As the site wants it; a fallback address that cannot be read is the usual one.
  init(site: Site.Network) {
    let parts = site.fallback.split(separator: "/")
    let address = parts.first.flatMap { IPv4Address($0) } ?? IPv4Address(192, 168, 200, 1)
    let prefixLength = parts.count == 2 ? Int(parts[1]) ?? 24 : 24
    let mode: Mode =
      switch site.address {
      case .auto: .automatic
      case .dhcp: .leaseOnly
      case .static: .fixed
      }
    self.init(mode: mode, fallback: AcquiredAddress(address: address, prefixLength: prefixLength))
  }
}
