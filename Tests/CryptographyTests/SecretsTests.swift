import Testing

@testable import Cryptography

@Suite struct SecretsTests {
  @Test func digestsOfTheStandardsExamples() throws {
    #expect(try DigestAlgorithm.md5.digest("abc".utf8).hexadecimal == "900150983cd24fb0d6963f7d28e17f72")
    #expect(
      try DigestAlgorithm.sha256.digest("abc".utf8).hexadecimal
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      try DigestAlgorithm.sha1.digest("abc".utf8).hexadecimal == "a9993e364706816aba3e25717850c26c9cd0d89d")
    #expect(
      try DigestAlgorithm.sha3.digest("abc".utf8).hexadecimal
        == "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532")
  }

  @Test func randomTextsHaveTheLengthAskedForAndDiffer() throws {
    let texts = try (0..<64).map { _ in try Secrets.randomText(14) }
    #expect(texts.allSatisfy { $0.utf8.count == 14 })
    #expect(Set(texts).count == texts.count)
  }

  @Test func equalityNeedsSameLengthAndBytes() {
    #expect(Secrets.equal([1, 2, 3], [1, 2, 3]))
    #expect(!Secrets.equal([1, 2, 3], [1, 2, 4]))
    #expect(!Secrets.equal([1, 2, 3], [1, 2]))
  }

  @Test func passwordHashAcceptsItsPasswordOnly() throws {
    let hash = try PasswordHash(hashing: "correct horse")
    let reread = try #require(PasswordHash(hash.description))
    #expect(reread.matches("correct horse"))
    #expect(!reread.matches("correct horsf"))
    #expect(!reread.matches(""))
  }

  @Test(arguments: ["", "scrypt$14$00$00", "md5$1$2$3", "scrypt$99$0011223344556677$00", "scrypt$14$zz$zz"])
  func brokenHashesAreRefused(_ text: String) {
    #expect(PasswordHash(text) == nil)
  }
}
