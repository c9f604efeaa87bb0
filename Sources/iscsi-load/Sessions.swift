import Glibc
import Linux

/// Several sessions driven by one thread, each in its turn: how many commands of each the target serves is up to the
/// target alone, and not to how the kernel shares the processors among initiators.
struct Sessions {
  private var loads: [Load]
  private var sockets: [pollfd]
  /// Where to look first: else the first session would always be the first to get new commands.
  private var first = 0

  init(_ loads: [Load]) {
    self.loads = loads
    sockets = loads.map { pollfd(fd: $0.initiator.descriptor, events: Int16(POLLIN), revents: 0) }
  }

  /// Runs the loads.
  ///
  /// - Returns: reads or writes per second of each.
  mutating func run(seconds: Double) throws -> [Double] {
    let clock = ContinuousClock()
    for index in loads.indices { try loads[index].fill() }
    let start = clock.now
    while clock.now - start < .seconds(seconds) {
      try withNext { load throws in
        try load.collect()
        try load.fill()
      }
    }
    let elapsed = (clock.now - start) / Duration.seconds(1)
    let rates = loads.map { Double($0.completed) / elapsed }
    while loads.contains(where: { $0.outstanding > 0 }) { try withNext { load throws in try load.collect() } }
    return rates
  }

  /// Waits until a session has something to receive, and takes one in turn. A single one simply receives.
  private mutating func withNext(_ body: (inout Load) throws -> Void) throws {
    guard loads.count > 1 else { return try body(&loads[0]) }
    if !sockets.contains(where: { $0.revents != 0 }) {
      _ = try syscall("wait for answers") { poll(&sockets, nfds_t(sockets.count), -1) }
    }
    while sockets[first].revents == 0 { first = (first + 1) % sockets.count }
    sockets[first].revents = 0
    try body(&loads[first])
  }
}
