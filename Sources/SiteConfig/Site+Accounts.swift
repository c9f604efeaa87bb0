extension Site {
  /// The CHAP account of one initiator, or of several whose names begin alike.
  public struct InitiatorAccount: Hashable, Sendable {
    /// Its name; `*` at the end matches the rest.
    public var initiator: String
    public var chap: CHAP

    public init(initiator: String, chap: CHAP) {
      self.initiator = initiator
      self.chap = chap
    }
  }
}

extension Site.Target {
  /// Beginning of the names that machines which boot from the menu have; their MAC address follows.
  public var clientPrefix: String { "\(iqn.prefix { $0 != ":" }):client-" }

  /// The account that every machine which boots from the menu has: the first that fits all their names, or the one of
  /// all initiators.
  public var clientAccount: Site.CHAP? {
    // Accounts of single machines are not known here: what the menu hands out fits all others.
    accounts.first { $0.fitsClients(of: self) }?.chap ?? chap
  }
}

extension Site.InitiatorAccount {
  private var pattern: (prefix: Substring, isOpen: Bool) {
    initiator.last == "*" ? (initiator.dropLast(), true) : (initiator[...], false)
  }

  /// Whether it is the account of every machine that boots from the menu.
  func fitsClients(of target: Site.Target) -> Bool {
    pattern.isOpen && target.clientPrefix.hasPrefix(pattern.prefix)
  }

  /// Whether it is the account of some machine that boots from the menu.
  func concernsClients(of target: Site.Target) -> Bool {
    fitsClients(of: target) || pattern.prefix.hasPrefix(target.clientPrefix)
  }
}

extension Site.InitiatorAccount: Section {
  static var fields: [Field<Self>] {
    [
      Field(
        "initiator", \.initiator, .text(Check.initiator), required: true,
        "Its name; * at the end matches any rest.")
    ] + Site.CHAP.fields.map { $0.inside(\.chap) }
  }
}

extension Site {
  var accountContradictions: [Contradiction] {
    var found: [Contradiction] = []
    func check(_ chap: CHAP, _ path: SettingPath) {
      guard let mutual = chap.mutual, mutual.secret == chap.secret else { return }
      found.append(
        Contradiction(
          path + "mutual" + "secret", "the same secret in both directions",
          "Use another one: RFC 7143 12.1.3 forbids it, and initiators refuse it."))
    }
    if let chap = target.chap { check(chap, ["target", "chap"]) }
    for (index, account) in target.accounts.enumerated() {
      let path: SettingPath = ["target", "accounts", .index(index)]
      check(account.chap, path)
      if target.accounts[..<index].contains(where: { $0.initiator == account.initiator }) {
        found.append(
          Contradiction(
            path + "initiator", "\(account.initiator) a second time",
            "Give each initiator one account: the first counts."))
      }
    }
    return found
  }

  /// Accounts that machines which boot from the menu cannot use.
  var accountRemarks: [String] {
    target.accounts.enumerated().compactMap { index, account in
      guard account.concernsClients(of: target), !account.fitsClients(of: target) else { return nil }
      return
        "target.accounts[\(index)]: \(account.initiator) is a machine that boots from the menu, which logs in with "
        + "target.chap, or with an account for \(target.clientPrefix)*. It has to be given its secret by itself."
    }
  }
}
