import Cryptography
import ISCSI
import Testing

extension ReplayedSession {
  /// CHAP by MD5, offered alone; with `target` the target has to prove itself to a challenge of 16 bytes.
  ///
  /// - Parameter asksAlways: T is set from the first request on.
  func authenticate(
    user: String, secret: String, target: (name: String, secret: String)? = nil, to next: LoginStage,
    asksAlways: Bool = false
  ) throws {
    let told = try login(.security, wanting: asksAlways ? next : nil, granted: nil, ["CHAP_A=5"])
    let values = Dictionary(
      uniqueKeysWithValues: told.compactMap { pair in
        pair.split(separator: "=", maxSplits: 1).count == 2
          ? (String(pair.prefix { $0 != "=" }), String(pair.drop { $0 != "=" }.dropFirst())) : nil
      })
    #expect(
      told.map { $0.prefix { $0 != "=" } } == ["CHAP_A", "CHAP_I", "CHAP_C"] && values["CHAP_A"] == "5")
    let identifier = try #require(values["CHAP_I"].flatMap { UInt8($0) })
    let challenge = try #require(values["CHAP_C"].flatMap(Self.bytes))
    #expect(challenge.count == 16)
    var keys = ["CHAP_N=\(user)", "CHAP_R=\(try Self.response(identifier, secret, challenge))"]
    let own = (0..<16).map { UInt8(truncatingIfNeeded: $0 &* 17 &+ 3) }
    if target != nil { keys += ["CHAP_I=201", "CHAP_C=\(Self.text(own))"] }
    let proof = try login(.security, to: next, keys)
    let expected = try target.map { target in
      ["CHAP_N=\(target.name)", "CHAP_R=\(try Self.response(201, target.secret, own))"]
    }
    #expect(proof == expected ?? [])
  }

  private static func response(_ identifier: UInt8, _ secret: String, _ challenge: [UInt8]) throws -> String {
    text(try DigestAlgorithm.md5.digest([identifier] + Array(secret.utf8) + challenge))
  }

  private static func text(_ bytes: [UInt8]) -> String {
    "0x" + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  private static func bytes(_ text: String) -> [UInt8]? {
    guard text.hasPrefix("0x"), text.count.isMultiple(of: 2) else { return nil }
    let digits = Array(text.dropFirst(2))
    return stride(from: 0, to: digits.count, by: 2).compactMap {
      UInt8(String(digits[$0...$0 + 1]), radix: 16)
    }
  }
}
