import Linux

/// An address that a DHCP server gave us.
public struct AcquiredAddress: Hashable, Sendable {
  public var address: IPv4Address
  public var prefixLength: Int
  public var gateway: IPv4Address?

  public init(address: IPv4Address, prefixLength: Int, gateway: IPv4Address? = nil) {
    self.address = address
    self.prefixLength = prefixLength
    self.gateway = gateway
  }
}

/// Decides what to do about each network interface, from cables being plugged and leases being had.
///
/// No I/O: the caller lists interfaces, carries out the actions and tells how they ended.
public struct NetworkPlan: Sendable {
  public enum Mode: Hashable, Sendable {
    /// A lease if there is one, else the fallback.
    case automatic
    /// A lease, asked for until there is one.
    case leaseOnly
    /// The fallback, never asking.
    case fixed
  }

  /// Where an interface's address comes from.
  public enum Origin: Hashable, Sendable {
    case lease
    /// Nobody offered a lease.
    case fallback
    /// The fallback, without having looked for a DHCP server.
    case fixed
  }

  public enum Action: Hashable, Sendable {
    case switchOn(NetworkLink)
    /// Ask for a lease, then call `acquired`.
    case acquire(NetworkLink)
    /// Call `reminded` after that time.
    case remind(NetworkLink, after: Duration)
    /// Give the interface this address, in addition to those it has, and serve on it.
    case configure(NetworkLink, AcquiredAddress, Origin)
    /// Take from the interface a leased address that is another's to have by now.
    case remove(NetworkLink, AcquiredAddress)
    /// The interface is gone.
    case forget(name: String)
  }

  private struct Port {
    enum Condition: Hashable {
      case idle
      case acquiring
      case configured(Origin)
    }
    var link: NetworkLink
    var condition = Condition.idle
    /// A lease is asked for although there is an address: the cable may lead elsewhere now.
    var isAskingAgain = false
    /// `reminded` is going to be called; how often it was since the fallback was taken.
    var awaitsReminder = false
    var reminders = 0
    /// The lease it has or had.
    var lease: AcquiredAddress?
    /// Which of the fallback networks it got; each interface needs one of its own.
    var fallback: Int?
  }

  private let mode: Mode
  private let fallback: AcquiredAddress
  private var ports: [UInt32: Port] = [:]

  /// - Parameter fallback: address and prefix of the first interface without a lease; the next ones get the same
  ///   host in the networks after it.
  public init(mode: Mode, fallback: AcquiredAddress) {
    self.mode = mode
    self.fallback = fallback
  }

  /// The interfaces as they are now; only those that are to be used.
  public mutating func observe(_ links: [NetworkLink]) -> [Action] {
    var actions: [Action] = []
    let present = Dictionary(links.map { ($0.index, $0) }, uniquingKeysWith: { $1 })
    for (index, port) in ports where present[index] == nil {
      ports[index] = nil
      actions.append(.forget(name: port.link.name))
    }
    for link in links {
      var port = ports[link.index] ?? Port(link: link)
      let isNew = ports[link.index] == nil
      let hadCarrier = !isNew && port.link.hasCarrier
      port.link = link
      if !link.isUp {
        if isNew || hadCarrier { actions.append(.switchOn(link)) }
      } else if link.hasCarrier {
        actions += cableIsIn(&port, isFresh: !hadCarrier)
      }
      ports[link.index] = port
    }
    return actions
  }

  /// How an `acquire` ended: with a lease or without.
  public mutating func acquired(_ lease: AcquiredAddress?, link index: UInt32) -> [Action] {
    guard var port = ports[index] else { return [] }
    defer { ports[index] = port }
    let wasAskingAgain = port.isAskingAgain
    port.isAskingAgain = false
    if let lease {
      port.condition = .configured(.lease)
      let old = port.lease
      port.lease = lease
      var actions = [Action.configure(port.link, lease, .lease)]
      if let old, (old.address, old.prefixLength) != (lease.address, lease.prefixLength) {
        // Before: removed later, the first address of a network takes the others of it along.
        actions.insert(.remove(port.link, old), at: 0)
      }
      return actions
    }
    if wasAskingAgain { return reminder(&port) }
    guard port.link.hasCarrier else {
      port.condition = .idle
      return []
    }
    if mode == .leaseOnly { return [.acquire(port.link)] }
    return takeFallback(&port)
  }

  /// The time of a reminder has come: a server that was not heard before may be by now, because a switch lets nothing
  /// through for half a minute after a cable was plugged in, or because it was switched on later.
  public mutating func reminded(link index: UInt32) -> [Action] {
    guard var port = ports[index] else { return [] }
    defer { ports[index] = port }
    port.awaitsReminder = false
    guard port.condition == .configured(.fallback), !port.isAskingAgain else { return [] }
    guard port.link.hasCarrier else { return reminder(&port) }
    port.isAskingAgain = true
    return [.acquire(port.link)]
  }

  /// Later each time, from a quarter of a minute to five minutes.
  private func reminder(_ port: inout Port) -> [Action] {
    guard port.condition == .configured(.fallback), !port.awaitsReminder else { return [] }
    port.awaitsReminder = true
    let seconds = min(300, 15 << min(port.reminders, 8))
    port.reminders += 1
    return [.remind(port.link, after: .seconds(seconds))]
  }

  /// Another DHCP server was noticed on the interface: have a lease from it.
  public mutating func noticedOtherServer(interface: String) -> [Action] {
    guard mode != .fixed, let index = ports.first(where: { $0.value.link.name == interface })?.key,
      ports[index]?.condition == .configured(.fallback), ports[index]?.isAskingAgain == false,
      let link = ports[index]?.link
    else { return [] }
    ports[index]?.isAskingAgain = true
    return [.acquire(link)]
  }

  private mutating func cableIsIn(_ port: inout Port, isFresh: Bool) -> [Action] {
    switch port.condition {
    case .idle:
      if mode == .fixed { return takeFallback(&port) }
      port.condition = .acquiring
      return [.acquire(port.link)]
    case .configured where isFresh && mode != .fixed && !port.isAskingAgain:
      port.isAskingAgain = true
      return [.acquire(port.link)]
    case .acquiring, .configured:
      return []
    }
  }

  private mutating func takeFallback(_ port: inout Port) -> [Action] {
    let taken = Set(ports.values.compactMap(\.fallback))
    let number = port.fallback ?? (0...taken.count).first { !taken.contains($0) } ?? 0
    port.fallback = number
    let origin: Origin = mode == .fixed ? .fixed : .fallback
    port.condition = .configured(origin)
    return [.configure(port.link, Self.shifted(fallback, by: number), origin)] + reminder(&port)
  }

  /// The same host in the `number`th network after `address`'s own.
  static func shifted(_ address: AcquiredAddress, by number: Int) -> AcquiredAddress {
    var shifted = address
    guard (1...30).contains(address.prefixLength) else { return shifted }
    let size = UInt32(1) << UInt32(32 - address.prefixLength)
    shifted.address = IPv4Address(value: address.address.value &+ size &* UInt32(truncatingIfNeeded: number))
    return shifted
  }
}
