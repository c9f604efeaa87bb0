/// Remembers who was given our loader, to know the iPXE that comes of it, and so that none goes round in circles.
///
/// The version that iPXE tells is no sure sign: builds of distributions call themselves 1.0.0, new ones too.
struct ChainMemory: Sendable {
  typealias Instant = ContinuousClock.Instant

  private struct Given: Sendable {
    var transaction: UInt32
    /// Option 175 of who was given the loader, empty for a ROM that is no iPXE: it differs from build to build.
    var build: [UInt8]
    var at: Instant
  }

  /// For so long after a loader was given, another build of iPXE on the same machine is taken for that loader.
  static let memory = Duration.seconds(600)
  /// For so long even the same build is: it may be that the loader is the ROM's twin.
  static let pause = Duration.seconds(60)
  private static let capacity = 1024

  private var given: [HardwareAddress: Given] = [:]

  /// Whether to give an iPXE our loader. All packets of one DHCP transaction get the same answer.
  mutating func mayChain(_ packet: DHCPPacket, now: Instant) -> Bool {
    if let last = given[packet.hardwareAddress], now - last.at < ChainMemory.memory {
      if last.transaction == packet.transactionID { return true }
      if last.build != packet.options[.ipxe] ?? [] || now - last.at < ChainMemory.pause { return false }
    }
    return note(packet, now: now)
  }

  /// A loader was given; false if there is no room to remember it.
  @discardableResult
  mutating func note(_ packet: DHCPPacket, now: Instant) -> Bool {
    if given.count >= ChainMemory.capacity, given[packet.hardwareAddress] == nil {
      given = given.filter { now - $0.value.at < ChainMemory.memory }
      // Still full: someone invents clients. Scripts for newcomers are the harmless answer.
      if given.count >= ChainMemory.capacity { return false }
    }
    given[packet.hardwareAddress] = Given(
      transaction: packet.transactionID, build: packet.options[.ipxe] ?? [], at: now)
    return true
  }
}
