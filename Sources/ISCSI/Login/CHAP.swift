/// Digest algorithms of CHAP by their numbers at IANA (RFC 7143 12.1.3, RFC 8545 and later assignments).
public enum CHAPAlgorithm: UInt64, Hashable, Sendable, CaseIterable {
  case md5 = 5
  case sha1 = 6
  case sha256 = 7
  case sha3 = 8

  /// Length of the response, and of the challenges we make.
  public var length: Int {
    switch self {
    case .md5: 16
    case .sha1: 20
    case .sha256, .sha3: 32
    }
  }
}

/// A name and its secret.
public struct CHAPAccount: Hashable, Sendable {
  public var name: String
  public var secret: [UInt8]

  public init(name: String, secret: [UInt8]) {
    self.name = name
    self.secret = secret
  }
}

/// Who may log in, and who the target says it is.
public struct CHAPCredentials: Hashable, Sendable {
  public var initiator: CHAPAccount
  /// With it the target proves itself to initiators that ask.
  public var target: CHAPAccount?

  public init(initiator: CHAPAccount, target: CHAPAccount? = nil) {
    self.initiator = initiator
    self.target = target
  }
}

/// Cryptography, which this module does not contain.
public struct CHAPPrimitives: Sendable {
  /// nil where the system does not offer the algorithm (MD5 in FIPS mode).
  public var digest: @Sendable (CHAPAlgorithm, [UInt8]) -> [UInt8]?
  /// Unpredictable bytes, or nil.
  public var random: @Sendable (Int) -> [UInt8]?
  /// Compares in constant time.
  public var equal: @Sendable ([UInt8], [UInt8]) -> Bool

  public init(
    digest: @escaping @Sendable (CHAPAlgorithm, [UInt8]) -> [UInt8]?,
    random: @escaping @Sendable (Int) -> [UInt8]?,
    equal: @escaping @Sendable ([UInt8], [UInt8]) -> Bool
  ) {
    self.digest = digest
    self.random = random
    self.equal = equal
  }
}

/// The CHAP exchange, seen from the target (RFC 7143 12.1.3, RFC 1994).
struct CHAPExchange: Sendable {
  private let credentials: CHAPCredentials
  private let primitives: CHAPPrimitives
  private var state = State.expectAlgorithms

  private enum State {
    case expectAlgorithms
    case expectResponse(CHAPAlgorithm, identifier: UInt8, challenge: [UInt8])
    case done
  }

  init(credentials: CHAPCredentials, primitives: CHAPPrimitives) {
    self.credentials = credentials
    self.primitives = primitives
  }

  var isDone: Bool {
    if case .done = state { true } else { false }
  }

  /// Takes the CHAP keys of one request.
  ///
  /// - Returns: the keys of the answer.
  /// - Throws: why the initiator is not let in.
  mutating func receive(_ keys: [String: String]) throws(LoginFailure) -> [TextPair] {
    switch state {
    case .expectAlgorithms: return try challenge(keys["CHAP_A"])
    case .expectResponse(let algorithm, let identifier, let challenge):
      return try verify(keys, algorithm, identifier, challenge)
    case .done: return []
    }
  }

  private mutating func challenge(_ offered: String?) throws(LoginFailure) -> [TextPair] {
    guard let offered else { return [] }
    let algorithms = offered.split(separator: ",").compactMap {
      BinaryValue.number(String($0)).flatMap(CHAPAlgorithm.init)
    }
    guard let algorithm = algorithms.first(where: { primitives.digest($0, []) != nil }) else {
      throw .chapAlgorithm(offered: offered)
    }
    guard let random = primitives.random(algorithm.length + 1), let identifier = random.first else {
      throw .noRandomNumbers
    }
    let challenge = Array(random.dropFirst())
    state = .expectResponse(algorithm, identifier: identifier, challenge: challenge)
    return [
      TextPair("CHAP_A", String(algorithm.rawValue)), TextPair("CHAP_I", String(identifier)),
      TextPair("CHAP_C", BinaryValue.text(challenge)),
    ]
  }

  private mutating func verify(
    _ keys: [String: String], _ algorithm: CHAPAlgorithm, _ identifier: UInt8, _ challenge: [UInt8]
  ) throws(LoginFailure) -> [TextPair] {
    guard let name = keys["CHAP_N"], let text = keys["CHAP_R"] else { throw .chapIncomplete }
    guard let response = BinaryValue.bytes(text, limit: 64),
      let expected = primitives.digest(algorithm, [identifier] + credentials.initiator.secret + challenge)
    else { throw .chapIncomplete }
    // Both are compared always, so that the time taken does not tell a wrong name from a wrong secret.
    let secretMatches = primitives.equal(response, expected)
    let nameMatches = primitives.equal(Array(name.utf8), Array(credentials.initiator.name.utf8))
    guard nameMatches else { throw .chapName(name) }
    guard secretMatches else { throw .chapSecret(name) }
    state = .done
    guard keys["CHAP_I"] != nil || keys["CHAP_C"] != nil else { return [] }
    return try prove(keys, algorithm, identifier, challenge)
  }

  /// Mutual authentication: the initiator challenges the target.
  private func prove(
    _ keys: [String: String], _ algorithm: CHAPAlgorithm, _ ownIdentifier: UInt8, _ ownChallenge: [UInt8]
  ) throws(LoginFailure) -> [TextPair] {
    guard let account = credentials.target else { throw .chapMutualNotConfigured }
    guard let identifier = keys["CHAP_I"].flatMap(BinaryValue.number), identifier <= 255,
      let challenge = keys["CHAP_C"].flatMap({ BinaryValue.bytes($0, limit: 1024) })
    else { throw .chapIncomplete }
    // RFC 7143 12.1.3: our own challenge sent back would make us compute the answer we are waiting for.
    guard challenge != ownChallenge else { throw .chapReflection }
    guard let response = primitives.digest(algorithm, [UInt8(identifier)] + account.secret + challenge) else {
      throw .chapIncomplete
    }
    return [TextPair("CHAP_N", account.name), TextPair("CHAP_R", BinaryValue.text(response))]
  }
}
