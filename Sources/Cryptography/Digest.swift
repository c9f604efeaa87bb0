import COpenSSL

/// A message digest of libcrypto.
public enum DigestAlgorithm: String, Sendable, CaseIterable {
  case md5 = "MD5"
  case sha1 = "SHA1"
  case sha256 = "SHA256"
  case sha3 = "SHA3-256"

  /// Length of the digest in bytes.
  public var length: Int {
    switch self {
    case .md5: 16
    case .sha1: 20
    case .sha256, .sha3: 32
    }
  }
}

/// libcrypto refused an operation, for example MD5 on a host in FIPS mode.
public struct CryptographyError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String
}

/// A digest computed piece by piece.
public struct Digest: ~Copyable {
  private let context: OpaquePointer
  private let algorithm: DigestAlgorithm

  /// - Throws: `CryptographyError` where libcrypto does not offer the algorithm (FIPS mode).
  public init(_ algorithm: DigestAlgorithm) throws(CryptographyError) {
    guard let context = EVP_MD_CTX_new() else {
      throw CryptographyError(description: "libcrypto has no memory for a digest")
    }
    guard let method = EVP_MD_fetch(nil, algorithm.rawValue, nil) else {
      EVP_MD_CTX_free(context)
      throw CryptographyError(
        description: "libcrypto does not offer \(algorithm.rawValue) on this system (FIPS mode?)")
    }
    defer { EVP_MD_free(method) }
    guard EVP_DigestInit_ex2(context, method, nil) == 1 else {
      EVP_MD_CTX_free(context)
      throw CryptographyError(description: "libcrypto cannot start a \(algorithm.rawValue) digest")
    }
    self.context = context
    self.algorithm = algorithm
  }

  /// Adds bytes to the message.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
  }

  /// Adds bytes to the message.
  public mutating func update(_ bytes: some Sequence<UInt8>) {
    Array(bytes).withUnsafeBytes { update($0) }
  }

  /// The digest of everything added, `algorithm.length` bytes.
  public consuming func finish() -> [UInt8] {
    var length: UInt32 = 0
    var result = [UInt8](repeating: 0, count: algorithm.length)
    EVP_DigestFinal_ex(context, &result, &length)
    return result
  }

  deinit { EVP_MD_CTX_free(context) }
}

extension DigestAlgorithm {
  /// The digest of one message.
  public func digest(_ bytes: some Sequence<UInt8>) throws(CryptographyError) -> [UInt8] {
    var digest = try Digest(self)
    digest.update(bytes)
    return digest.finish()
  }
}
