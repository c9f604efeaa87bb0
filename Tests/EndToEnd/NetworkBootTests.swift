import Foundation
import Testing
import VirtualLab

extension Machines {
  /// The product's main job on the real thing: install on a real Debian, boot the ramdisk by its own boot loader, run
  /// that same Debian on another machine, and take everything back.
  @Suite(.serialized)
  struct NetworkBootTests {
    @Test(.timeLimit(.minutes(120)), arguments: NetworkBootCase.selected)
    func aDiskIsSharedAndComesBackUnharmed(case: NetworkBootCase) async throws {
      try await Setup.laboratory(`case`.firmware, layout: `case`.layout, name: `case`.name) { laboratory in
        try await `case`.prepare(laboratory)
        let before = try await laboratory.fingerprint()
        let (accounts, printed) = try await laboratory.install(`case`.options)
        #expect(printed.contains("Next boot: the ramdisk, once."))

        try await HostNetwork.with(address: "192.168.200.250/24") { network in
          try await laboratory.withTarget(network: network) { target in
            try await laboratory.waitForRamdisk(target)
            #expect(
              try target.console.occurrences(of: "ramdiskd: Secure Boot is on")
                == (`case`.layout.isSigned ? 1 : 0))
            let stranger = Stranger(network: network, target: target, accounts: accounts)
            try await stranger.isRefusedWithWrongSecret()
            try await laboratory.withInitiator(network: network) { initiator in
              try await wrongPasswordIsRefused(laboratory, target, initiator, accounts)
              let shell = try await laboratory.bootFromMenu(initiator, accounts)
              expectRootOnOurDisk(shell.verdict)
              try await expectModestMemory(network)
              try await stranger.isRefusedWhileDiskIsInUse(by: "client-52-54-00-00-00-02")
              try await shell.run("echo data > /var/lib/lab/\(Laboratory.mark) && sync")
              try shell.powerOff()
              try await initiator.waitUntilOff(within: .seconds(240))
            }
            try await laboratory.switchOff(target)
            #expect(try target.console.occurrences(of: "ramdiskd: ready: ") == 1)
          }
        }

        try await laboratory.checkFileSystem()
        let local = try await laboratory.bootLocallyAndUninstall()
        #expect(local.root == "/dev/vda3")
        #expect(local.initramfs == `case`.initramfs)
        #expect(local.isSecure == `case`.layout.isSigned)
        #expect(local.state == "clean")
        #expect(local.marks.contains(Laboratory.mark))

        let differences = DiskFingerprint.differences(from: before, to: try await laboratory.fingerprint())
        #expect(differences == [])
        let restored = try await bootRestored(laboratory, `case`)
        #expect(restored.root == "/dev/vda3")
        #expect(restored.initramfs == "initramfs-tools")
      }
    }

    /// Starts the system that the ramdisk was taken off; where its firmware verifies, what is detected of that is looked
    /// at: only a running system can ask its firmware.
    private func bootRestored(_ laboratory: Laboratory, _ case: NetworkBootCase) async throws -> Verdict {
      guard `case`.layout.isSigned else { return try await laboratory.bootLocally() }
      try await laboratory.copyPrograms(from: try #require(Setup.programs))
      return try await laboratory.runLocally("ramdisk-install check | grep 'Secure Boot  *enabled'").verdict
    }

    /// The whole ramdisk, serving, with the kernels of its menu: below 200 MB.
    private func expectModestMemory(_ network: HostNetwork) async throws {
      struct Status: Decodable {
        struct Memory: Decodable { var used: Int }
        var memory: Memory
      }
      let text = try await network.run(["curl", "--silent", "--fail", "http://192.168.200.1/status.json"])
      let used = try JSONDecoder().decode(Status.self, from: Data(text.utf8)).memory.used
      print("the target uses \(used / 1_000_000) MB of RAM")
      #expect(used > 20_000_000 && used < 200_000_000)
    }

    private func expectRootOnOurDisk(_ verdict: Verdict) {
      #expect(verdict.root.hasPrefix("/dev/sd"))
      #expect(verdict.vendor == "RAMDISK")
      #expect(!verdict.model.isEmpty)
      #expect(verdict.initramfs == "dracut")
      #expect(!verdict.commandLine.contains("BOOT_IMAGE=/boot"))
    }

    /// Both sides say so, and another try is offered.
    private func wrongPasswordIsRefused(
      _ laboratory: Laboratory, _ target: VirtualMachine, _ initiator: VirtualMachine, _ accounts: Accounts
    ) async throws {
      try await laboratory.waitForLogin(initiator)
      try await laboratory.logIn(initiator, user: accounts.menuUser, password: "wrong")
      try await initiator.console.wait(for: "Wrong user name or password", within: .seconds(120))
      try await target.console.wait(for: "gave a wrong user name or password", within: .seconds(30))
      try initiator.console.send("\r")
      try await initiator.console.wait(for: "Try again", within: .seconds(60))
      try initiator.console.send("\r")
    }
  }
}
