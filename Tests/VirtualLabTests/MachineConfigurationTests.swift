import Testing

@testable import VirtualLab

@Suite struct MachineConfigurationTests {
  private func arguments(_ change: (inout MachineConfiguration) -> Void) async throws -> [String] {
    var machine = MachineConfiguration(name: "m", firmware: .bios, address: "52:54:00:00:00:09")
    change(&machine)
    let final = machine
    return try await Workspace.with { try final.arguments(accelerator: .emulation, in: $0) }
  }

  @Test func aCableEndsInTheCard() async throws {
    let arguments = try await arguments { $0.network = .cable(path: "/c", listens: true) }
    #expect(arguments.contains("stream,id=net,server=on,addr.type=unix,addr.path=/c"))
    #expect(arguments.contains("virtio-net-pci,netdev=net,mac=52:54:00:00:00:09,bootindex=0"))
  }

  @Test func aMachineOnTheHostsSwitchRunsInItsNamespace() async throws {
    let arguments = try await arguments {
      $0.network = .tap(interface: "t")
      $0.networkNamespace = "space"
    }
    #expect(arguments.prefix(5) == ["ip", "netns", "exec", "space", "qemu-system-x86_64"])
    #expect(arguments.contains("tap,id=net,ifname=t,script=no,downscript=no"))
  }

  @Test func theDiskIsBootedBeforeTheNetwork() async throws {
    let arguments = try await arguments {
      $0.disks = ["/d"]
      $0.network = .cable(path: "/c", listens: false)
    }
    #expect(arguments.contains("virtio-blk-pci,drive=disk0,serial=lab-disk-0,bootindex=0"))
    #expect(arguments.contains("virtio-net-pci,netdev=net,mac=52:54:00:00:00:09,bootindex=1"))
  }

  @Test func aStickIsBootedBeforeTheDisk() async throws {
    let arguments = try await arguments {
      $0.disks = ["/d"]
      $0.stick = "/s"
      $0.network = .cable(path: "/c", listens: false)
    }
    #expect(arguments.contains("usb-storage,drive=stick,removable=on,bootindex=0"))
    #expect(arguments.contains("virtio-blk-pci,drive=disk0,serial=lab-disk-0,bootindex=1"))
    #expect(arguments.contains("virtio-net-pci,netdev=net,mac=52:54:00:00:00:09,bootindex=2"))
  }

  @Test func aDiscIsBootedBeforeTheDisk() async throws {
    let arguments = try await arguments {
      $0.disks = ["/d"]
      $0.disc = "/i"
    }
    #expect(arguments.contains("ide-cd,drive=disc,bootindex=0"))
    #expect(arguments.contains("virtio-blk-pci,drive=disk0,serial=lab-disk-0,bootindex=1"))
  }

  @Test(.enabled(if: HostFile.exists("/usr/share/OVMF/OVMF_CODE_4M.secboot.fd"), "needs the package ovmf"))
  func firmwareThatVerifiesKeepsItsVariablesFromTheSystem() async throws {
    let arguments = try await arguments {
      $0.firmware = .uefi
      $0.keys = .microsoft
    }
    #expect(arguments.contains("q35,smm=on"))
    #expect(arguments.contains("driver=cfi.pflash01,property=secure,value=on"))
    #expect(arguments.contains { $0.contains("readonly=on") && $0.hasSuffix("secboot.fd") })
  }
}
