import Testing

@testable import Runtime

@Suite struct ModuleIndexTests {
  private let index = ModuleIndex(
    dependencies: """
      kernel/drivers/net/virtio_net.ko: kernel/drivers/net/net_failover.ko kernel/net/core/failover.ko
      kernel/drivers/net/net_failover.ko: kernel/net/core/failover.ko
      kernel/net/core/failover.ko:
      kernel/fs/ext4/ext4.ko: kernel/fs/jbd2/jbd2.ko
      kernel/fs/jbd2/jbd2.ko:
      kernel/crypto/crc32c_generic.ko:
      kernel/arch/x86/crypto/crc32c-intel.ko:
      kernel/drivers/a.ko:
      kernel/drivers/b.ko:
      """,
    aliases: """
      # Aliases extracted from modules themselves.
      alias virtio:d00000001v* virtio_net
      alias pci:v00008086d*sv*sd*bc02sc00i* e1000e
      alias crc32c crc32c_intel
      alias crc32c crc32c_generic
      alias fs-ext4 ext4
      """,
    softDependencies: """
      # Soft dependencies extracted from modules themselves.
      softdep ext4 pre: crc32c
      softdep a pre: b
      softdep b pre: a post: ext4
      """,
    builtin: "kernel/drivers/virtio/virtio.ko\n")

  @Test func findsTheModuleOfADevice() {
    #expect(index.modules(for: "virtio:d00000001v00001AF4") == ["virtio_net"])
    #expect(index.modules(for: "virtio:d00000002v00001AF4").isEmpty)
    #expect(index.modules(for: "pci:v00008086d000010D3sv00001AF4sd00001100bc02sc00i00") == ["e1000e"])
    #expect(index.modules(for: "fs-ext4") == ["ext4"])
  }

  @Test func dependenciesComeFirst() {
    #expect(
      index.loadOrder(of: "virtio_net") == [
        "kernel/net/core/failover.ko", "kernel/drivers/net/net_failover.ko",
        "kernel/drivers/net/virtio_net.ko",
      ])
  }

  @Test func softDependenciesToo() {
    #expect(
      index.loadOrder(of: "ext4") == [
        "kernel/arch/x86/crypto/crc32c-intel.ko", "kernel/crypto/crc32c_generic.ko", "kernel/fs/jbd2/jbd2.ko",
        "kernel/fs/ext4/ext4.ko",
      ])
  }

  @Test func aCircleOfSoftDependenciesEnds() {
    #expect(index.loadOrder(of: "a") == ["kernel/drivers/b.ko", "kernel/drivers/a.ko"])
  }

  @Test(arguments: ["virtio", "unknown", ""])
  func nothingToLoad(name: String) {
    #expect(index.loadOrder(of: name).isEmpty)
  }

  @Test func hyphenAndUnderscoreAreTheSame() {
    #expect(index.modules(for: "crc32c-intel") == ["crc32c_intel"])
  }
}
