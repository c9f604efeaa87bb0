import Cryptography

/// Checks the passwords of one account, one at a time: the hash takes 16 MiB and tens of milliseconds.
actor LoginGate {
  enum Verdict: Equatable {
    case passed
    /// Passed by the hash just now, for the first time in a while.
    case loggedIn
    case wrong
    case wait(seconds: Int)
  }

  private let user: [UInt8]
  /// nil for a malformed hash, which `Site.parse` does not let through: then nobody gets in.
  private let hash: PasswordHash?
  /// Makes the digests in memory worthless elsewhere.
  private let key: [UInt8]
  private var policy = LoginPolicy()
  private let start = ContinuousClock.now

  init(user: String, passwordHash: String) throws(CryptographyError) {
    hash = PasswordHash(passwordHash)
    self.user = Array(user.utf8)
    key = try Secrets.randomBytes(32)
  }

  func check(_ credentials: BasicCredentials, client: String) throws -> Verdict {
    let offered = Array(credentials.user.utf8)
    let proof = try DigestAlgorithm.sha256.digest(key + offered + [0] + Array(credentials.password.utf8))
    switch policy.decide(client: client, proof: proof, now: now, equal: Secrets.equal) {
    case .known: return .passed
    case .wait(let seconds): return .wait(seconds: seconds)
    case .check: break
    }
    // Both are looked at in any case: how long it takes must not tell that the user exists.
    let isUser = Secrets.equal(offered, user)
    let isPassword = hash?.matches(credentials.password) ?? false
    guard isUser && isPassword else {
      policy.failed(client: client, now: now)
      return .wrong
    }
    policy.succeeded(client: client, proof: proof, now: now)
    return .loggedIn
  }

  private var now: Double { (ContinuousClock.now - start) / .seconds(1) }
}
