import DHCP
import Glibc
import Linux
import Logging
import TFTP
import Testing

/// Real firmware in a virtual machine, far enough to see it fetch its loader.
@Suite(
  .serialized,
  .enabled(if: access("/usr/bin/qemu-system-x86_64", X_OK) == 0, "needs QEMU: run ./test.sh integration"))
struct PXEMachineTests {
  private static let pool = AddressPool(
    range: IPv4Address(192, 168, 77, 100)...IPv4Address(192, 168, 77, 110), prefixLength: 24)

  private struct Story: Sendable {
    let dhcp = Recorder<DHCPEvent>()
    let tftp = Recorder<TFTPEvent>()
  }

  private static let bios = ["-machine", "q35", "-device", "virtio-net-pci,netdev=n,mac=52:54:00:12:34:56"]

  /// OVMF offers network boot only with a source of random numbers; `romfile=` lets it use its own driver.
  private static let uefi = [
    "-machine", "q35", "-device", "virtio-net-pci,netdev=n,mac=52:54:00:12:34:56,romfile=",
    "-device", "virtio-rng-pci",
    "-drive", "if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd",
    "-drive", "if=pflash,format=raw,snapshot=on,file=/usr/share/OVMF/OVMF_VARS_4M.fd",
  ]

  /// Boots a machine without disk on the client's end of the cable until `done` holds.
  private static func boot(
    _ hardware: [String], mode: DHCPService.Mode, besideDnsmasq: Bool = false,
    files: BootFiles = .sample, until done: @escaping @Sendable (Story) -> Bool
  ) async throws -> Story {
    let story = Story()
    try await PXECable.with { cable in
      try await cable.onClient(
        """
        ip link add br0 type bridge && ip tuntap add tap0 mode tap && ip link set tap0 master br0 &&
        ip link set cable0 master br0 && ip link set tap0 up && ip link set br0 up
        """)
      let (dhcp, tftp) = try await cable.inside(cable.server) {
        let service = DHCPService(mode: mode, address: PXECable.serverAddress, bootFiles: files)
        let dhcp = try DHCPServer(services: ["cable0": service], logger: Logger(label: "dhcp")) {
          story.dhcp.add($0)
        }
        let loaders = Dictionary(
          uniqueKeysWithValues: files.loaders.values.map { ($0, [UInt8](repeating: 0, count: 70000)) })
        let tftp = try TFTPServer(files: TFTPMemoryFiles(loaders), logger: Logger(label: "tftp")) {
          story.tftp.add($0)
        }
        try dhcp.start()
        try tftp.start()
        return (dhcp, tftp)
      }
      defer {
        dhcp.stop()
        tftp.stop()
      }
      let machine =
        [
          "-accel", "tcg,thread=multi", "-cpu", "max", "-m", "512", "-display", "none", "-nodefaults",
          "-boot", "n",
        ]
        + ["-netdev", "tap,id=n,ifname=tap0,script=no,downscript=no"] + hardware
        + (getenv("PXE_CAPTURE").map { ["-object", "filter-dump,id=d,netdev=n,file=\(String(cString: $0))"] }
          ?? [])
      let wait: @Sendable () async throws -> Void = {
        try await cable.beside("qemu-system-x86_64", machine, on: cable.client) {
          try await eventually(
            within: 240, "the machine gets its loader: \(story.dhcp.all) \(story.tftp.all)"
          ) {
            done(story)
          }
        }
      }
      if besideDnsmasq {
        try await cable.besideDnsmasq(at: .clientBridge, wait)
      } else {
        try await wait()
      }
    }
    return story
  }

  private static func fetched(_ name: String) -> @Sendable (Story) -> Bool {
    { story in
      story.tftp.all.contains { event in
        if case .completed = event.step { event.path == name } else { false }
      }
    }
  }

  @Test func `QEMU's old iPXE ROM is given our iPXE`() async throws {
    let story = try await PXEMachineTests.boot(
      PXEMachineTests.bios, mode: .server(PXEMachineTests.pool),
      until: PXEMachineTests.fetched("undionly.kpxe"))
    #expect(
      story.dhcp.all.contains {
        if case .acknowledged(.some, .chain("undionly.kpxe")) = $0.step { true } else { false }
      })
  }

  @Test func `UEFI fetches its loader without a detour over port 4011`() async throws {
    let story = try await PXEMachineTests.boot(
      PXEMachineTests.uefi, mode: .server(PXEMachineTests.pool), until: PXEMachineTests.fetched("snponly.efi")
    )
    #expect(!story.dhcp.all.contains { $0.step == .acknowledged(nil, .loader("snponly.efi")) })
  }

  @Test func `UEFI asks port 4011 when another server gives the addresses`() async throws {
    let story = try await PXEMachineTests.boot(
      PXEMachineTests.uefi, mode: .proxy, besideDnsmasq: true, until: PXEMachineTests.fetched("snponly.efi"))
    #expect(story.dhcp.all.contains { $0.step == .offered(nil, .loader("snponly.efi")) })
    #expect(story.dhcp.all.contains { $0.step == .choseServer(PXECable.otherServerAddress) })
    #expect(story.dhcp.all.contains { $0.step == .acknowledged(nil, .loader("snponly.efi")) })
  }

  @Test func `iPXE hears the proxy beside another server`() async throws {
    _ = try await PXEMachineTests.boot(
      PXEMachineTests.bios, mode: .proxy, besideDnsmasq: true, until: PXEMachineTests.fetched("undionly.kpxe")
    )
  }

  @Test func `UEFI HTTP Boot gets a URL`() async throws {
    let withoutPXE = ["4", "6"].flatMap { ["-fw_cfg", "name=opt/org.tianocore/IPv\($0)PXESupport,string=n"] }
    _ = try await PXEMachineTests.boot(
      PXEMachineTests.uefi + withoutPXE, mode: .server(PXEMachineTests.pool)
    ) { story in
      story.dhcp.all.contains {
        if case .acknowledged(.some, .httpLoader("http://192.168.77.1/snponly.efi")) = $0.step {
          true
        } else {
          false
        }
      }
    }
  }
}
