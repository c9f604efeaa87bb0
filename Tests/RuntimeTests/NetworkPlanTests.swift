import Linux
import Testing

@testable import Runtime

@Suite struct NetworkPlanTests {
  private static let fallback = AcquiredAddress(address: IPv4Address(192, 168, 200, 1), prefixLength: 24)
  private static let lease = AcquiredAddress(
    address: IPv4Address(10, 0, 0, 7), prefixLength: 8, gateway: IPv4Address(10, 0, 0, 1))

  private func link(_ index: UInt32, isUp: Bool = true, hasCarrier: Bool = true) -> NetworkLink {
    NetworkLink(index: index, name: "eth\(index)", isUp: isUp, hasCarrier: hasCarrier)
  }

  private func plan(_ mode: NetworkPlan.Mode = .automatic) -> NetworkPlan {
    NetworkPlan(mode: mode, fallback: Self.fallback)
  }

  @Test func aLeaseIsTaken() {
    var plan = plan()
    #expect(
      plan.observe([link(1, isUp: false, hasCarrier: false)]) == [
        .switchOn(link(1, isUp: false, hasCarrier: false))
      ])
    #expect(plan.observe([link(1, hasCarrier: false)]).isEmpty)
    #expect(plan.observe([link(1)]) == [.acquire(link(1))])
    #expect(plan.observe([link(1)]).isEmpty)
    #expect(plan.acquired(Self.lease, link: 1) == [.configure(link(1), Self.lease, .lease)])
  }

  @Test func withoutALeaseTheFallbackIsTaken() {
    var plan = plan()
    _ = plan.observe([link(1)])
    #expect(
      plan.acquired(nil, link: 1) == [
        .configure(link(1), Self.fallback, .fallback), .remind(link(1), after: .seconds(15)),
      ])
  }

  /// A switch may let nothing through at first.
  @Test func aServerThatComesLateIsFound() {
    var plan = plan()
    _ = plan.observe([link(1)])
    _ = plan.acquired(nil, link: 1)
    for seconds in [30, 60, 120, 240, 300, 300] {
      #expect(plan.reminded(link: 1) == [.acquire(link(1))])
      #expect(plan.acquired(nil, link: 1) == [.remind(link(1), after: .seconds(seconds))])
    }
    #expect(plan.reminded(link: 1) == [.acquire(link(1))])
    #expect(plan.acquired(Self.lease, link: 1) == [.configure(link(1), Self.lease, .lease)])
    #expect(plan.reminded(link: 1).isEmpty)
    #expect(plan.reminded(link: 7).isEmpty)
  }

  @Test func remindersDoNotAskTwiceAtOnce() {
    var plan = plan()
    _ = plan.observe([link(1)])
    _ = plan.acquired(nil, link: 1)
    #expect(plan.noticedOtherServer(interface: "eth1") == [.acquire(link(1))])
    #expect(plan.reminded(link: 1).isEmpty)
    #expect(plan.acquired(nil, link: 1) == [.remind(link(1), after: .seconds(30))])
    // Nobody to ask without a cable.
    _ = plan.observe([link(1, hasCarrier: false)])
    #expect(plan.reminded(link: 1) == [.remind(link(1, hasCarrier: false), after: .seconds(60))])
  }

  @Test func eachInterfaceHasAFallbackOfItsOwn() {
    var plan = plan(.fixed)
    let second = AcquiredAddress(address: IPv4Address(192, 168, 201, 1), prefixLength: 24)
    #expect(
      plan.observe([link(1), link(2)]) == [
        .configure(link(1), Self.fallback, .fixed), .configure(link(2), second, .fixed),
      ])
  }

  @Test func anotherLeaseReplacesTheFirst() {
    var plan = plan()
    _ = plan.observe([link(1)])
    _ = plan.acquired(Self.lease, link: 1)
    #expect(plan.acquired(Self.lease, link: 1) == [.configure(link(1), Self.lease, .lease)])
    var other = Self.lease
    other.address = IPv4Address(10, 0, 0, 8)
    #expect(
      plan.acquired(other, link: 1) == [
        .remove(link(1), Self.lease), .configure(link(1), other, .lease),
      ])
    var wider = other
    wider.prefixLength = 16
    #expect(plan.acquired(wider, link: 1).first == .remove(link(1), other))
  }

  @Test func leaseOnlyAsksUntilThereIsOne() {
    var plan = plan(.leaseOnly)
    _ = plan.observe([link(1)])
    #expect(plan.acquired(nil, link: 1) == [.acquire(link(1))])
    #expect(plan.acquired(Self.lease, link: 1) == [.configure(link(1), Self.lease, .lease)])
  }

  @Test func aCablePulledWhileAskingIsNotConfigured() {
    var plan = plan()
    _ = plan.observe([link(1)])
    _ = plan.observe([link(1, hasCarrier: false)])
    #expect(plan.acquired(nil, link: 1).isEmpty)
    #expect(plan.observe([link(1)]) == [.acquire(link(1))])
  }

  @Test func aCablePluggedElsewhereIsAskedAgainWhileServing() {
    var plan = plan()
    _ = plan.observe([link(1)])
    _ = plan.acquired(nil, link: 1)
    #expect(plan.observe([link(1, hasCarrier: false)]).isEmpty)
    #expect(plan.observe([link(1)]) == [.acquire(link(1))])
    #expect(plan.acquired(Self.lease, link: 1) == [.configure(link(1), Self.lease, .lease)])
  }

  @Test func askingAgainInVainChangesNothing() {
    var plan = plan()
    _ = plan.observe([link(1)])
    _ = plan.acquired(nil, link: 1)
    #expect(plan.noticedOtherServer(interface: "eth1") == [.acquire(link(1))])
    #expect(plan.noticedOtherServer(interface: "eth1").isEmpty)
    #expect(plan.acquired(nil, link: 1).isEmpty)
  }

  @Test func aVanishedInterfaceIsForgotten() {
    var plan = plan()
    _ = plan.observe([link(1)])
    #expect(plan.observe([]) == [.forget(name: "eth1")])
    #expect(plan.acquired(Self.lease, link: 1).isEmpty)
  }
}
