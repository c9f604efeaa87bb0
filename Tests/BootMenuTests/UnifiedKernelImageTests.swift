import BootMenu
import Testing

@Suite struct UnifiedKernelImageTests {
  /// A PE file with sections, as far as a reader of unified kernel images looks at it.
  static func image(_ sections: [(String, String)]) -> [UInt8] {
    func little(_ number: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(number >> ($0 * 8) & 0xFF) }
    }
    var file = Array("MZ".utf8) + [UInt8](repeating: 0, count: 58) + little(64, 4)
    file += Array("PE\0\0".utf8) + little(0x8664, 2) + little(sections.count, 2)
    file += [UInt8](repeating: 0, count: 12) + little(16, 2) + little(0, 2) + [UInt8](repeating: 7, count: 16)
    var content: [UInt8] = []
    let start = file.count + sections.count * 40
    for (name, text) in sections {
      let padded = Array(text.utf8) + [UInt8](repeating: 0, count: 16 - text.utf8.count % 16)
      file += Array(name.utf8) + [UInt8](repeating: 0, count: 8 - name.utf8.count)
      file +=
        little(text.utf8.count, 4) + little(0, 4) + little(padded.count, 4) + little(start + content.count, 4)
      file += [UInt8](repeating: 0, count: 16)
      content += padded
    }
    return file + content
  }

  private static let complete: [(String, String)] = [
    (".osrel", "ID=arch\nPRETTY_NAME=\"Arch Linux\"\n"), (".cmdline", "root=LABEL=x rw\n\0"),
    (".uname", "6.9.1-arch1\n"),
    (".ucode", "micro"), (".linux", "kernel"), (".initrd", "initial"),
  ]

  private func scan(_ bytes: [UInt8]) throws -> [BootEntry] {
    let tree = try TemporaryTree()
    try tree.write("EFI/Linux/arch-linux.efi", bytes)
    let defaults = BootMenu.Defaults(commandLine: "", generator: .other("mkinitcpio"))
    return try BootMenu.scan(root: tree.path, path: "/", defaults: defaults)
  }

  @Test func partsAreFound() throws {
    let bytes = Self.image(Self.complete)
    let entry = try #require(try scan(bytes).first)
    #expect(entry.id == "arch-linux")
    #expect(entry.title == "Arch Linux")
    #expect(entry.version == "6.9.1-arch1")
    #expect(entry.commandLine == "root=LABEL=x rw")
    let texts = ([entry.kernel] + entry.initrds).map { file in
      String(decoding: bytes[Int(file.offset)..<Int(file.offset + file.size)], as: UTF8.self)
    }
    #expect(texts == ["kernel", "micro", "initial"])
  }

  @Test func partsAreCopied() throws {
    let tree = try TemporaryTree()
    try tree.write("EFI/Linux/a.efi", Self.image(Self.complete))
    let entries = try BootMenu.scan(
      root: tree.path, path: "/", defaults: BootMenu.Defaults(commandLine: "", generator: .initramfsTools))
    let images = try BootImages(copying: entries, root: tree.path, to: tree.path + "/copies", limit: 1000)
    let files = try #require(images.files["a"])
    #expect(try TemporaryTree.text(files.kernel) == "kernel")
    #expect(try files.initrds.map(TemporaryTree.text) == ["micro", "initial"])
    #expect(images.problems == [])
    let small = try BootImages(copying: entries, root: tree.path, to: tree.path + "/copies", limit: 17)
    #expect(small.entries.isEmpty && small.files.isEmpty && small.problems.count == 1)
  }

  /// Every byte of the headers set to extremes: never a trap, and no part beyond the file.
  @Test func damagedHeaders() throws {
    let original = Self.image(Self.complete)
    let tree = try TemporaryTree()
    let headers = original.count - Self.complete.reduce(0) { $0 + ($1.1.utf8.count / 16 + 1) * 16 }
    for place in 0..<headers {
      for value: UInt8 in [0, 0x7F, 0xFF] where original[place] != value {
        var bytes = original
        bytes[place] = value
        try tree.write("EFI/Linux/a.efi", bytes)
        let entries = try BootMenu.scan(
          root: tree.path, path: "/", defaults: BootMenu.Defaults(commandLine: "", generator: .initramfsTools)
        )
        for file in entries.flatMap({ [$0.kernel] + $0.initrds }) {
          #expect(file.offset + file.size <= UInt64(bytes.count))
        }
      }
    }
  }

  @Test func truncatedFiles() throws {
    let original = Self.image(Self.complete)
    for length in stride(from: 0, to: original.count, by: 3) { _ = try scan(Array(original[..<length])) }
  }
}
