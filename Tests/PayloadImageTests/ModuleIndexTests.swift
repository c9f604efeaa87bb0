import Testing

@testable import PayloadImage

@Suite struct ModuleIndexTests {
  let index = ModuleIndex(
    dependencies: """
      kernel/fs/ext4/ext4.ko.xz: kernel/fs/jbd2/jbd2.ko.xz
      kernel/fs/jbd2/jbd2.ko.xz:
      kernel/crypto/crc32c_generic.ko.xz:
      kernel/crypto/crc32c-intel.ko.xz:
      kernel/net/a.ko: kernel/net/b-c.ko
      kernel/net/b-c.ko: kernel/net/a.ko
      not a line
      """,
    softDependencies: """
      # Soft dependencies
      softdep ext4 pre: crypto-crc32c
      softdep a post: jbd2
      """,
    aliases: """
      alias crypto-crc32c crc32c_generic
      alias crypto-crc32c crc32c_intel
      alias pci:v00008086d* a
      """,
    builtin: "kernel/drivers/virtio/virtio_pci.ko\n")

  @Test func takesDependenciesAndSoftDependenciesByAlias() {
    let closure = index.closure(of: ["ext4"])
    #expect(
      closure.paths == [
        "kernel/crypto/crc32c-intel.ko.xz", "kernel/crypto/crc32c_generic.ko.xz", "kernel/fs/ext4/ext4.ko.xz",
        "kernel/fs/jbd2/jbd2.ko.xz",
      ])
    #expect(closure.missing.isEmpty)
  }

  @Test func circlesEnd() {
    #expect(
      index.closure(of: ["b_c"]).paths == [
        "kernel/fs/jbd2/jbd2.ko.xz", "kernel/net/a.ko", "kernel/net/b-c.ko",
      ])
  }

  @Test func builtInIsNotMissing() {
    #expect(index.closure(of: ["virtio-pci", "absent"]).missing == ["absent"])
  }

  @Test(arguments: [("kernel/fs/nls/nls_iso8859-1.ko.zst", "nls_iso8859_1"), ("b44.ko", "b44"), ("", "")])
  func names(path: String, name: String) {
    #expect(ModuleIndex.name(ofPath: path) == name)
  }
}
