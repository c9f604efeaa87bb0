import Linux

/// Brings the machine onto its networks: carries out what `NetworkPlan` decides.
final class NetworkManager {
  /// What it has to tell.
  enum Event: Sendable {
    /// An interface has an address; serve there.
    case configured(NetworkLink, AcquiredAddress, NetworkPlan.Origin)
    case lost(name: String)
    /// The interfaces in use and their state changed.
    case observed([NetworkLink])
    case failed(SystemError)
  }

  /// Asks for a lease on an interface and says later, on any thread, whether there is one.
  typealias Acquire = (_ interface: String, _ then: @escaping @Sendable (AcquiredAddress?) -> Void) -> Void

  private let choice: InterfaceChoice
  private var plan: NetworkPlan
  private var route: RouteNetlink
  private let acquire: Acquire
  private let finished: @Sendable (UInt32, AcquiredAddress?) -> Void
  private let remind: @Sendable (UInt32) -> Void
  private let tell: (Event) -> Void

  /// - Parameters:
  ///   - finished: called on another thread when a lease was had or not; hand both to `acquired`.
  ///   - remind: called on another thread when it is time; hand the number to `reminded`.
  init(
    choice: InterfaceChoice, plan: NetworkPlan, acquire: @escaping Acquire,
    finished: @escaping @Sendable (UInt32, AcquiredAddress?) -> Void,
    remind: @escaping @Sendable (UInt32) -> Void,
    tell: @escaping (Event) -> Void
  ) throws(SystemError) {
    self.choice = choice
    self.plan = plan
    self.acquire = acquire
    self.finished = finished
    self.remind = remind
    self.tell = tell
    route = try RouteNetlink()
  }

  /// Looks at the interfaces and does what follows: call it at the start and when something changed.
  func refresh() {
    do throws(SystemError) {
      let all = try route.links()
      if let loopback = all.first(where: \.isLoopback), !loopback.isUp {
        try route.setUp(true, link: loopback)
      }
      let links = all.filter { choice.includes($0) }
      tell(.observed(links))
      perform(plan.observe(links))
    } catch {
      tell(.failed(error))
    }
  }

  func acquired(_ lease: AcquiredAddress?, link: UInt32) {
    perform(plan.acquired(lease, link: link))
  }

  func reminded(link: UInt32) { perform(plan.reminded(link: link)) }

  func noticedOtherServer(interface: String) {
    perform(plan.noticedOtherServer(interface: interface))
  }

  private func perform(_ actions: [NetworkPlan.Action]) {
    for action in actions {
      do throws(SystemError) { try perform(action) } catch { tell(.failed(error)) }
    }
  }

  private func perform(_ action: NetworkPlan.Action) throws(SystemError) {
    switch action {
    case .switchOn(let link):
      try route.setUp(true, link: link)
    case .acquire(let link):
      let finished = finished
      acquire(link.name) { finished(link.index, $0) }
    case .remind(let link, let delay):
      let remind = remind
      Task.detached {
        try? await Task.sleep(for: delay)
        remind(link.index)
      }
    case .configure(let link, let address, let origin):
      try route.add(
        InterfaceAddress(link: link.index, address: address.address, prefixLength: address.prefixLength),
        linkName: link.name)
      // Told first: without the route, clients on the link are served all the same.
      tell(.configured(link, address, origin))
      if let gateway = address.gateway { try route.setDefaultRoute(gateway: gateway, link: link.index) }
    case .remove(let link, let address):
      try route.remove(
        InterfaceAddress(link: link.index, address: address.address, prefixLength: address.prefixLength),
        linkName: link.name)
    case .forget(let name):
      tell(.lost(name: name))
    }
  }
}
