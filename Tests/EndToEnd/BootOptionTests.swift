import Testing
import VirtualLab

extension Machines {
  /// The firmware's own boot options, for real: ours is made, started once, and gone again.
  @Suite(.enabled(if: Setup.isFull, "takes long: run ./test.sh full"))
  struct BootOptionTests {
    /// Prints every boot option, their order, and the choice for the next boot.
    private static let dump =
      "cd /sys/firmware/efi/efivars && for v in Boot[0-9A-F][0-9A-F]*-* BootOrder-* BootNext-*; do "
      + "if [ -e $v ]; then echo $v $(od -An -v -tx1 $v | tr -d ' \\n'); fi; done"

    @Test(.timeLimit(.minutes(120)))
    func ourBootOptionIsStartedOnceAndLeavesNothing() async throws {
      let programs = try #require(Setup.programs)
      let layout = SampleDisk.Layout(mountsSystemPartition: true)
      try await Setup.laboratory(.uefi, layout: layout, name: "boot-option") { laboratory in
        try await laboratory.copyPrograms(from: programs)
        try await laboratory.runLocally("(\(Self.dump)) > /var/log/lab-before")
        let before = try await laboratory.fingerprint()
        // This firmware sorts its list anew as it starts: by QEMU's order of the disks.
        try await laboratory.runLocally(
          "ramdisk-install install --yes --bootloader efi --initramfs keep",
          "(\(Self.dump)) > /var/log/lab-installed", "ramdisk-install boot-once",
          "ramdisk-install status | grep 'Next boot: the ramdisk, once'")

        try await laboratory.withTarget { target in
          try await laboratory.waitForRamdisk(target)
          try await laboratory.switchOff(target)
        }
        // The one after that is as usual.
        let status = try await laboratory.runLocally(
          "(\(Self.dump)) > /var/log/lab-booted",
          "ramdisk-install status | grep 'Next boot: the boot loader.s default'")
        #expect(status.verdict.root == "/dev/vda3")
        try await laboratory.uninstall()
        #expect(DiskFingerprint.differences(from: before, to: try await laboratory.fingerprint()) == [])

        try await laboratory.runLocally("(\(Self.dump)) > /var/log/lab-after")
        let states = try await laboratory.read(
          ["before", "installed", "booted", "after"].map { "/var/log/lab-\($0)" }
        ).map(Variables.init(dumped:))
        let ours = Set(states[1].options.keys).subtracting(states[0].options.keys)
        #expect(ours.count == 1)
        #expect(!states[0].order.isEmpty)
        #expect(states[1].order == states[0].order + ours)
        #expect(states[2].order.filter { !ours.contains($0) } == states[0].order)
        #expect(states[2].next == nil)
        #expect(states[3] == states[0])
        try await laboratory.checkFileSystem()
      }
    }

    /// The variables that `dump` prints.
    struct Variables: Equatable {
      /// Content in hexadecimal digits, attributes first, by number.
      var options: [String: String] = [:]
      /// Numbers.
      var order: [String] = []
      var next: String?

      init(dumped text: String) {
        for line in text.split(separator: "\n") {
          let fields = line.split(separator: " ").map(String.init)
          guard fields.count == 2, let dash = fields[0].firstIndex(of: "-") else { continue }
          let name = fields[0][..<dash].dropFirst("Boot".count)
          switch name {
          case "Order": order = Self.numbers(fields[1])
          case "Next": next = fields[1]
          default: options[String(name)] = fields[1]
          }
        }
      }

      /// Behind four bytes of attributes, two bytes each, the lower one first.
      private static func numbers(_ digits: String) -> [String] {
        let digits = Array(digits.uppercased().dropFirst(8))
        return stride(from: 0, to: digits.count - 3, by: 4).map {
          String(digits[$0 + 2...$0 + 3] + digits[$0...$0 + 1])
        }
      }
    }
  }
}
