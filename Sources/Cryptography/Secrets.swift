import COpenSSL

/// Random secrets, and comparisons that take the same time whatever the answer.
public enum Secrets {
  /// `count` bytes of libcrypto's random generator.
  public static func randomBytes(_ count: Int) throws(CryptographyError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    guard RAND_bytes(&bytes, Int32(count)) == 1 else {
      throw CryptographyError(description: "libcrypto's random generator is not seeded")
    }
    return bytes
  }

  /// A random text of `length` characters that nobody misreads (no 0 O 1 l I): just over 5.8 bits a character.
  public static func randomText(_ length: Int) throws(CryptographyError) -> String {
    let alphabet = Array("23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".utf8)
    let limit = 256 - 256 % alphabet.count
    var text: [UInt8] = []
    while text.count < length {
      // Bytes at or above the limit would make the first letters more likely than the rest.
      for byte in try randomBytes(length) where Int(byte) < limit && text.count < length {
        text.append(alphabet[Int(byte) % alphabet.count])
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Compares without telling by its duration where the first difference is. Lengths are not secret.
  public static func equal(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    a.count == b.count && CRYPTO_memcmp(a, b, a.count) == 0
  }
}
