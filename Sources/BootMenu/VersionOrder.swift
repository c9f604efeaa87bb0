/// The order of versions of the UAPI group's version format specification, which systemd-boot sorts by.
public enum VersionOrder {
  /// Whether `a` is older than `b`.
  public static func precedes(_ a: String, _ b: String) -> Bool { compare(a, b) < 0 }

  /// Below zero where `a` is older, above where it is newer, zero where they do not differ.
  public static func compare(_ a: String, _ b: String) -> Int {
    var a = Array(a.utf8)[...]
    var b = Array(b.utf8)[...]
    while true {
      a = a.drop { !isSignificant($0) }
      b = b.drop { !isSignificant($0) }
      // A release candidate, "1~rc1", is older than "1" and than anything longer.
      if let order = difference(a, b, UInt8(ascii: "~"), present: -1) { return order }
      if a.first == UInt8(ascii: "~") {
        (a, b) = (a.dropFirst(), b.dropFirst())
        continue
      }
      if a.isEmpty || b.isEmpty { return a.isEmpty ? (b.isEmpty ? 0 : -1) : 1 }
      var stepped = false
      for mark in "-^.".utf8 {
        if let order = difference(a, b, mark, present: -1) { return order }
        if a.first == mark {
          (a, b) = (a.dropFirst(), b.dropFirst())
          stepped = true
          break
        }
      }
      if stepped { continue }
      let isNumber = isDigit(a.first) || isDigit(b.first)
      let (left, right) = (run(&a, digits: isNumber), run(&b, digits: isNumber))
      // Numbers of any length: without leading zeros the longer one is the larger.
      if isNumber, left.count != right.count { return left.count - right.count }
      if left != right { return left.lexicographicallyPrecedes(right) ? -1 : 1 }
    }
  }

  private static func difference(
    _ a: ArraySlice<UInt8>, _ b: ArraySlice<UInt8>, _ mark: UInt8, present: Int
  ) -> Int? {
    switch (a.first == mark, b.first == mark) {
    case (true, false): present
    case (false, true): -present
    default: nil
    }
  }

  private static func run(_ text: inout ArraySlice<UInt8>, digits: Bool) -> ArraySlice<UInt8> {
    let run = text.prefix { digits ? isDigit($0) : isLetter($0) }
    text = text.dropFirst(run.count)
    return digits ? run.drop { $0 == UInt8(ascii: "0") } : run
  }

  private static func isDigit(_ byte: UInt8?) -> Bool { byte.map { (0x30...0x39).contains($0) } ?? false }
  private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) && byte < 0x80 }
  private static func isSignificant(_ byte: UInt8) -> Bool {
    isDigit(byte) || isLetter(byte) || "-.~^".utf8.contains(byte)
  }
}
