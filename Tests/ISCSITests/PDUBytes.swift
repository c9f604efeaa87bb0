import ISCSI

/// Builds the bytes of a PDU: header by `encode`, then data with padding.
func pdu(_ data: [UInt8] = [], encode: (UnsafeMutableRawPointer) -> Void) -> [UInt8] {
  var header = [UInt8](repeating: 0, count: BasicHeader.length)
  header.withUnsafeMutableBytes { if let base = $0.baseAddress { encode(base) } }
  return header + data + [UInt8](repeating: 0, count: paddedLength(data.count) - data.count)
}

/// Hands out the header of a PDU's bytes.
func withHeader<Result>(_ bytes: [UInt8], _ body: (BasicHeader) throws -> Result) rethrows -> Result? {
  try bytes.withUnsafeBytes { buffer in
    guard let header = BasicHeader(buffer) else { return nil }
    return try body(header)
  }
}

/// The numbers that follow each other from a fixed seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}

/// `key=value` strings, each ended by a zero byte.
func text(_ pairs: [String]) -> [UInt8] { pairs.flatMap { Array($0.utf8) + [0] } }

/// The reverse of `text`.
func strings(_ bytes: [UInt8]) -> [String] {
  bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
}
