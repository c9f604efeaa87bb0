import Testing
import VirtualLab

/// A program on the same network, not ours, that wants the target's disk.
struct Stranger: Sendable {
  let network: HostNetwork
  let target: VirtualMachine
  let accounts: Accounts

  private static let address = "192.168.200.1"

  /// Asks for the disk's identity, which needs a login.
  private func ask(name: String, secret: String) async throws -> HostCommand.Result {
    try await network.result([
      "iscsi-inq", "--initiator-name=\(name)",
      "iscsi://\(accounts.chapUser)%\(secret)@\(Stranger.address)/\(accounts.target)/0",
    ])
  }

  /// libiscsi names the status of the login response; the target's console says the rest.
  func isRefusedWithWrongSecret() async throws {
    let name = "iqn.2026-11.test:wrong-secret"
    let result = try await ask(name: name, secret: "not-the-secret")
    #expect(result.status != 0)
    #expect(result.output.contains("Authentication failure"), "\(result.output)")
    try await target.console.wait(
      for: "login refused: \(name) .*the CHAP secret of \(accounts.chapUser) is wrong", within: .seconds(30))
  }

  /// With the right secret, but under another name than the one that has the disk.
  func isRefusedWhileDiskIsInUse(by owner: String) async throws {
    let name = "iqn.2026-11.test:second"
    let result = try await ask(name: name, secret: accounts.chapSecret)
    #expect(result.status != 0)
    #expect(result.output.contains("Authorization failure"), "\(result.output)")
    try await target.console.wait(
      for: "login refused: \(name) .*the disk is in use by .*\(owner)", within: .seconds(30))
  }
}
