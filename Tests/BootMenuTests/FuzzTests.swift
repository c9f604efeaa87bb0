import Testing

@testable import BootMenu

/// The same numbers on every run (xorshift).
private struct FixedGenerator: RandomNumberGenerator {
  private var state: UInt64 = 0x2545_F491_4F6C_DD1D

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}

/// Whatever stands on a disk: no trap, and nothing that a script could not hold.
@Suite struct FuzzTests {
  private let seeds = [
    "title A b\nversion 1~rc1\nlinux /k\ninitrd /i $tuned\noptions ${x} a $y\nsort-key z\n",
    "NAME=a\\\nb\nx=\\", "default *a*",
    "linux /boot/vmlinuz-1 root=/dev/sda1 $x\n", "PRETTY_NAME=\"Debian\"\nID='x\nQ=\"",
    "# GRUB Environment Block\nsaved_entry=0>1\n##",
  ]

  @Test func textFiles() throws {
    var random = FixedGenerator()
    for round in 0..<600 {
      var bytes = Array((seeds.randomElement(using: &random) ?? "").utf8)
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        let place = Int.random(in: 0...bytes.count, using: &random)
        bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
        if bytes.count > 4, Bool.random(using: &random) {
          bytes.removeSubrange(0..<Int.random(in: 0...4, using: &random))
        }
      }
      let text = String(decoding: bytes, as: UTF8.self)
      let name =
        String(decoding: bytes.suffix(9), as: UTF8.self) + ["+0-1.conf", ".conf", "+x.conf"][round % 3]
      let entry = LoaderEntry(fileName: name, text: text, variables: GrubFiles.environment(text))
      if let entry { #expect(entry.precedes(entry) == false) }
      _ = GrubFiles.commandLines(text)
      _ = UnifiedKernelImage.osRelease(text)
      #expect(VersionOrder.compare(text, name).signum() == -VersionOrder.compare(name, text).signum())
      let words = IPXEText.words(text)
      #expect(!words.contains("${") && !words.contains("\n") && IPXEText.words(words) == words)
    }
  }
}
