import Testing
import VirtualLab

extension Machines {
  /// What `ramdisk-install export` writes starts by itself, by every firmware that it is for, and serves.
  @Suite(.serialized, .enabled(if: Setup.isFull, "takes long: run ./test.sh full"))
  struct ExportTests {
    struct Case: CustomTestStringConvertible, Sendable {
      var form: String
      var firmware: Firmware
      /// By a key that the firmware knows, and it starts nothing else.
      var isSigned = false
      var testDescription: String { "\(form) by \(firmware)\(isSigned ? ", signed" : "")" }
    }

    static let cases = [
      Case(form: "usb", firmware: .bios), Case(form: "usb", firmware: .uefi),
      Case(form: "iso", firmware: .bios), Case(form: "iso", firmware: .uefi),
      Case(form: "efi", firmware: .uefi), Case(form: "efi", firmware: .uefi, isSigned: true),
    ]

    @Test(.timeLimit(.minutes(15)), arguments: cases)
    func anExportedFileBoots(case: Case) async throws {
      let product = try #require(Setup.product)
      let name = "export-\(`case`.form)-\(`case`.firmware)\(`case`.isSigned ? "-signed" : "")"
      try await Workspace.with(logsAt: "out/e2e-\(name)") { workspace in
        let disk = workspace.file("disk.img")
        try await HostCommand(["truncate", "--size=64M", disk]).run()
        let config = workspace.file("site.json5")
        try await HostCommand(["tee", config]).run(
          input: """
            { target: { iqn: "iqn.2026-11.test:export", luns: [{ lun: 0, disk: "serial:lab-disk-0" }] } }
            """)
        let image = workspace.file("image")
        let signature = `case`.isSigned ? try await key(in: workspace) : []
        try await HostCommand(
          [
            product.installer, "export", "--\(`case`.form)", image, "--config", config, "--payload",
            product.payload, "--kernel-parameters", "console=ttyS0,115200",
          ] + signature
        ).run()
        let mode = try await HostCommand(["stat", "--format=%a", image]).run()
        #expect(mode == "600\n")

        var machine = MachineConfiguration(
          name: "target", firmware: `case`.firmware, address: "52:54:00:00:00:01")
        machine.memory = 512
        machine.keys = `case`.isSigned ? .snakeoil : nil
        machine.disks = [disk]
        machine.network = .cable(path: workspace.file("cable"), listens: true)
        if `case`.form == "iso" {
          machine.disc = image
        } else {
          machine.stick = `case`.form == "usb" ? image : try await stick(with: image, in: workspace)
        }
        try await VirtualMachine.with(machine, accelerator: Accelerator.detect(), in: workspace) { target in
          try await target.console.wait(
            for: "ramdiskd: ready: iqn.2026-11.test:export ", within: .seconds(420))
          #expect(
            try target.console.occurrences(of: "ramdiskd: Secure Boot is on") == (`case`.isSigned ? 1 : 0))
          try await target.pressPowerButton()
          try await target.waitUntilOff(within: .seconds(120))
        }
      }
    }

    /// Options that have the program signed with the key that OVMF's variables know.
    private func key(in workspace: Workspace) async throws -> [String] {
      let certificate = "/usr/share/ovmf/PkKek-1-snakeoil.pem"
      let key = workspace.file("signing.key")
      // Its passphrase is no secret.
      try await HostCommand([
        "openssl", "pkey", "-in", "/usr/share/ovmf/PkKek-1-snakeoil.key", "-passin", "pass:snakeoil", "-out",
        key,
      ]).run()
      return ["--sign-key", key, "--sign-certificate", certificate]
    }

    /// A stick whose firmware's default program is the exported one.
    private func stick(with program: String, in workspace: Workspace) async throws -> String {
      let image = workspace.file("stick.img")
      let script = """
        set -e
        truncate --size=96M "$1"
        mformat -i "$1" -F ::
        mmd -i "$1" ::/EFI ::/EFI/BOOT
        mcopy -i "$1" "$2" ::/EFI/BOOT/BOOTX64.EFI
        """
      try await HostCommand(["sh", "-c", script, "sh", image, program]).run()
      return image
    }
  }
}
