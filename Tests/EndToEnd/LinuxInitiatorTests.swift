import Foundation
import Testing
import VirtualLab

extension Machines {
  /// Linux's own initiator, in a machine, against `ramdiskd serve`: whatever the two agree upon, what was written is there.
  @Suite(.enabled(if: Setup.isFull, "takes long: run ./test.sh full"))
  struct LinuxInitiatorTests {
    private static let iqn = "iqn.2026-11.org.example:lab"
    private static let portals = ["192.168.200.250", "192.168.201.250"]

    @Test(.timeLimit(.minutes(30)))
    func openISCSIReadsWhatItWrote() async throws {
      let programs = try #require(Setup.programs)
      let account = Account()
      try await Setup.laboratory(.bios, name: "open-iscsi") { laboratory in
        try await laboratory.equip(
          with: ["open-iscsi", "multipath-tools", "fio", "kmod"], script: "lab-initiator",
          LinuxInitiatorScript.text)
        let configuration = try account.write(in: laboratory.workspace, iqn: Self.iqn)
        try await HostNetwork.with(address: "\(Self.portals[0])/24") { network in
          try await network.run(["ip", "address", "add", "\(Self.portals[1])/24", "dev", "lab0"])
          let server = [
            "\(programs)/usr/local/sbin/ramdiskd", "serve", "--config", configuration, "--images",
            laboratory.workspace.file("images"), "--socket", laboratory.workspace.file("socket"),
          ]
          try await network.with(program: server, log: laboratory.workspace.file("ramdiskd.log")) {
            try await laboratory.withEquipped(network: network) { shell in
              try await shell.run("stty -echo; " + account.shellCommand(iqn: Self.iqn))
              try await shell.run(
                "for nic in /sys/class/net/e*; do nic=${nic##*/}; ip link set $nic up; done; "
                  + "ip address add 192.168.200.10/24 dev $nic; ip address add 192.168.201.10/24 dev $nic; "
                  + "systemctl start iscsid")
              try await shell.run("lab-initiator combinations \(Self.portals[0])", within: .seconds(900))
              try await shell.run("lab-initiator filesystem \(Self.portals[0])", within: .seconds(300))
              try await cutOnePath(network, shell)
              try await shell.run("lab-initiator multipath_back \(Self.portals[0])", within: .seconds(120))
            }
          }
        }
      }
    }

    /// Takes the second portal's address away while both paths carry writes.
    private func cutOnePath(_ network: HostNetwork, _ shell: DebianShell) async throws {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          try await shell.run(
            "lab-initiator multipath_cut \(Self.portals[0]) \(Self.portals[1])", within: .seconds(300))
        }
        group.addTask {
          try await network.waitForTraffic(sessions: 2, url: "http://\(Self.portals[0])/status.json")
          try await network.run(["ip", "address", "delete", "\(Self.portals[1])/24", "dev", "lab0"])
        }
        try await group.waitForAll()
      }
      try await network.run(["ip", "address", "add", "\(Self.portals[1])/24", "dev", "lab0"])
    }

    /// A CHAP account for both directions, new for each run.
    private struct Account: Sendable {
      let secret = Account.random()
      let targetSecret = Account.random()

      private static func random() -> String {
        let alphabet = Array("abcdefghijkmnpqrstuvwxyz23456789")
        return String((0..<14).map { _ in alphabet.randomElement() ?? "x" })
      }

      /// - Returns: path of a configuration with a disk of its own.
      func write(in workspace: Workspace, iqn: String) throws -> String {
        let disk = workspace.file("shared.img")
        let path = workspace.file("site.json5")
        try #require(FileManager.default.createFile(atPath: disk, contents: nil))
        let handle = try #require(FileHandle(forWritingAtPath: disk))
        try handle.truncate(atOffset: 256 << 20)
        try handle.close()
        let site = """
          {
            version: 1, dhcp: { mode: "off" },
            target: {
              iqn: "\(iqn)", luns: [{ lun: 0, disk: "\(disk)", mode: "rw" }],
              chap: { user: "lab", secret: "\(secret)", mutual: { user: "target", secret: "\(targetSecret)" } },
            },
          }
          """
        try #require(
          FileManager.default.createFile(
            atPath: path, contents: Data(site.utf8), attributes: [.posixPermissions: 0o600]))
        return path
      }

      func shellCommand(iqn: String) -> String {
        let lines = [
          "iqn=\(iqn)", "user=lab", "secret=\(secret)", "target_user=target", "target_secret=\(targetSecret)",
        ]
        return "(umask 77; printf '%s\\n' \(lines.joined(separator: " ")) > /root/account)"
      }
    }
  }
}

extension HostNetwork {
  /// Waits until so many sessions have written more than a megabyte each.
  fileprivate func waitForTraffic(sessions: Int, url: String) async throws {
    struct Status: Decodable {
      struct Target: Decodable { var sessions: [Session] }
      struct Session: Decodable { var counters: Counters }
      struct Counters: Decodable { var bytesWritten: Int }
      var target: Target?
    }
    let deadline = Deadline(after: .seconds(240))
    while !deadline.hasPassed {
      let answer = try await result(["curl", "--silent", "--fail", url])
      let status = try? JSONDecoder().decode(Status.self, from: Data(answer.output.utf8))
      let busy = status?.target?.sessions.count { $0.counters.bytesWritten > 1 << 20 } ?? 0
      if busy >= sessions { return }
      try await Task.sleep(for: .milliseconds(200))
    }
    throw LabError(.deadlineExceeded, "fewer than \(sessions) sessions have written anything")
  }
}
