/// Who need not prove a password again, and who must wait before trying another.
///
/// A client fetches dozens of files with the same password, each with its own request: it is checked by the costly
/// hash once in a while only. Time is an argument; nothing here waits.
struct LoginPolicy {
  enum Decision: Equatable {
    /// Checked lately: let it pass.
    case known
    /// Check the password.
    case check
    /// Too many wrong ones: not before so many seconds.
    case wait(seconds: Int)
  }

  /// Seconds that a proven password is remembered after its last use.
  static let memory = 600.0
  /// Wrong passwords before waits begin; each further one doubles the wait.
  static let freeFailures = 5
  static let longestWait = 60.0
  /// Clients remembered; a flood of addresses must not fill the memory.
  static let mostClients = 1024

  private struct Client {
    /// Digest of the proven credentials.
    var proof: [UInt8]?
    var lastUse: Double
    var failures = 0
    var blockedUntil = 0.0
  }

  private var clients: [String: Client] = [:]

  /// How many clients are remembered.
  var count: Int { clients.count }

  /// - Parameters:
  ///   - proof: digest of the credentials that the client offers.
  ///   - now: seconds of a clock that never goes back.
  ///   - equal: compares in constant time.
  mutating func decide(
    client: String, proof: [UInt8], now: Double, equal: ([UInt8], [UInt8]) -> Bool
  ) -> Decision {
    guard let state = clients[client] else { return .check }
    if let known = state.proof, now - state.lastUse < Self.memory, equal(known, proof) {
      clients[client]?.lastUse = now
      return .known
    }
    return now < state.blockedUntil ? .wait(seconds: Int((state.blockedUntil - now).rounded(.up))) : .check
  }

  /// The password was right.
  mutating func succeeded(client: String, proof: [UInt8], now: Double) {
    makeRoom(for: client, now: now)
    clients[client] = Client(proof: proof, lastUse: now)
  }

  /// The password was wrong.
  mutating func failed(client: String, now: Double) {
    makeRoom(for: client, now: now)
    var state = clients[client] ?? Client(proof: nil, lastUse: now)
    state.failures = min(state.failures + 1, 30)
    state.lastUse = now
    if state.failures >= Self.freeFailures {
      let doublings = min(state.failures - Self.freeFailures, 10)
      state.blockedUntil = now + min(Double(1 << doublings), Self.longestWait)
    }
    clients[client] = state
  }

  private mutating func makeRoom(for client: String, now: Double) {
    guard clients.count >= Self.mostClients, clients[client] == nil else { return }
    clients = clients.filter { now - $0.value.lastUse < Self.memory }
    if clients.count >= Self.mostClients,
      let oldest = clients.min(by: { $0.value.lastUse < $1.value.lastUse })
    {
      clients[oldest.key] = nil
    }
  }
}
