import Glibc
import Linux
import SiteConfig

/// The services as an ordinary process on any Linux machine: its disks, interfaces and drivers are its own business.
public final class ServeProcess {
  private static let signals = [SIGINT, SIGTERM, SIGHUP]

  private let site: Site
  private let console: Console
  private let signals: SignalDescriptor
  private let kernelEvents: KernelEventSocket
  private let linkMonitor: LinkMonitor
  private let appliance: Appliance
  private var served: [String: IPv4Address] = [:]

  /// Serves `site` until SIGTERM or SIGINT, then stops orderly and returns.
  ///
  /// Every interface that the site includes and that has an address is served. With `dhcp.mode` `auto` other
  /// DHCP servers are assumed: nobody gets an address unless the site says `server`.
  public static func run(_ site: Site, settings: Appliance.Settings) throws {
    let process = try ServeProcess(site, settings)
    while process.serve() {}
    let isStopped = try EventSignal()
    process.appliance.stop { isStopped.raise() }
    _ = try pollReadable([isStopped.number], timeout: nil)
    process.console.say("stopped")
    process.console.drain(timeout: .seconds(1))
  }

  private init(_ site: Site, _ settings: Appliance.Settings) throws(SystemError) {
    // Before the first thread: threads inherit which signals are blocked.
    signals = try SignalDescriptor(Self.signals)
    ignoreBrokenPipes()
    try raiseDescriptorLimit(to: 65536)
    self.site = site
    console = Console.standardOutput()
    kernelEvents = try KernelEventSocket()
    linkMonitor = try LinkMonitor()
    appliance = try Appliance(site: site, settings: settings, console: console)
    lookAtInterfaces()
    appliance.settled()
  }

  /// Waits for the next thing to do; false when it is time to stop.
  private func serve() -> Bool {
    guard
      let ready = try? pollReadable([signals.number, kernelEvents.number, linkMonitor.number], timeout: nil)
    else { return false }
    if ready[0] {
      while let signal = signals.next() {
        guard signal != SIGHUP else { continue }
        console.say("stopping: \(signal == SIGINT ? "interrupted" : "asked to")")
        return false
      }
    }
    if ready[1] {
      let (events, isComplete) = kernelEvents.receive()
      if !isComplete || events.contains(where: { $0.subsystem == "block" }) { appliance.devicesChanged() }
    }
    if ready[2] {
      linkMonitor.drain()
      lookAtInterfaces()
    }
    return true
  }

  private func lookAtInterfaces() {
    let choice = InterfaceChoice(site.network.interface)
    guard var route = try? RouteNetlink(), let links = try? route.links().filter({ choice.includes($0) })
    else {
      return
    }
    appliance.show(
      links.map {
        RuntimeStatus.Interface(
          name: $0.name, hardwareAddress: $0.hardwareAddressText, hasLink: $0.hasCarrier)
      })
    for name in served.keys.filter({ name in !links.contains { $0.name == name } }) {
      served[name] = nil
      appliance.withdraw(interface: name)
    }
    for link in links {
      guard let address = try? route.addresses(of: link.index).first, served[link.name] != address.address
      else { continue }
      served[link.name] = address.address
      appliance.serve(
        Appliance.Link(
          name: link.name, address: address.address, prefixLength: address.prefixLength, hasOtherServer: true)
      )
    }
  }
}
