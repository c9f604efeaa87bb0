import COpenSSL

/// A salted scrypt hash of a password, written `scrypt$LOG2N$SALT$HASH` with hexadecimal salt and hash (RFC 7914).
public struct PasswordHash: Hashable, Sendable, CustomStringConvertible {
  private let log2N: Int
  private let salt: [UInt8]
  private let hash: [UInt8]

  /// Hashes `password` with a fresh random salt: 2^14 blocks of r = 8, 16 MiB, some tens of milliseconds.
  public init(hashing password: String) throws(CryptographyError) {
    log2N = 14
    salt = try Secrets.randomBytes(16)
    hash = try PasswordHash.derive(password, salt: salt, log2N: log2N)
  }

  /// Reads the written form; nil when `text` is not one.
  public init?(_ text: String) {
    let fields = text.split(separator: "$", omittingEmptySubsequences: false)
    guard fields.count == 4, fields[0] == "scrypt", let log2N = Int(fields[1]), (10...20).contains(log2N),
      let salt = [UInt8](hexadecimal: fields[2]), salt.count >= 8,
      let hash = [UInt8](hexadecimal: fields[3]), hash.count == 32
    else { return nil }
    self.log2N = log2N
    self.salt = salt
    self.hash = hash
  }

  /// Whether `password` is the one that was hashed.
  public func matches(_ password: String) -> Bool {
    guard let candidate = try? PasswordHash.derive(password, salt: salt, log2N: log2N) else { return false }
    return Secrets.equal(candidate, hash)
  }

  public var description: String { "scrypt$\(log2N)$\(salt.hexadecimal)$\(hash.hexadecimal)" }

  private static func derive(
    _ password: String, salt: [UInt8], log2N: Int
  ) throws(CryptographyError) -> [UInt8] {
    var key = [UInt8](repeating: 0, count: 32)
    let bytes = Array(password.utf8CString.dropLast())
    guard
      EVP_PBE_scrypt(
        bytes, bytes.count, salt, salt.count, UInt64(1) << UInt64(log2N), 8, 1, 1 << 31, &key, key.count) == 1
    else { throw CryptographyError(description: "libcrypto cannot derive a key with scrypt") }
    return key
  }
}

extension [UInt8] {
  /// Lower-case hexadecimal, two digits a byte.
  public var hexadecimal: String {
    let digits = [UInt8]("0123456789abcdef".utf8)
    return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// Reads hexadecimal digits of either case; nil for anything else or an odd number of them.
  public init?(hexadecimal text: some StringProtocol) {
    let digits = text.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
    guard digits.count == text.utf8.count, digits.count.isMultiple(of: 2) else { return nil }
    self = stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }
}
