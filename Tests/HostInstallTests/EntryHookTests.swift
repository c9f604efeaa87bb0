import Testing

@testable import HostInstall

/// The script that kernel-install runs, by a real shell.
@Suite struct EntryHookTests {
  private let network =
    "root=UUID=1 ro rd.iscsi.firmware=1 netroot=iscsi ifname=bootnet:52:54:00:12:34:56 ip=bootnet:dhcp rd.neednet=1 quiet systemd.mask=sleep.target systemd.mask=hybrid-sleep.target"

  private func run(_ entries: [String: String]) async throws -> FakeSystem {
    let system = try FakeSystem()
    for (name, text) in entries { try system.write("/boot/loader/entries/\(name)", text) }
    try await SystemCommands(root: .local).succeed(
      Command(
        ["sh", Installation.profilePath + "/hooks/clean-entry", "add", "6.1", "/x", "/y"],
        environment: ["KERNEL_INSTALL_BOOT_ROOT": system.path("/boot")]))
    return system
  }

  @Test func whatBelongsToANetworkBootIsTakenOut() async throws {
    let system = try await run(["m-6.1.conf": "title X\nlinux /k\noptions \(network)\n"])
    #expect(
      system.text("/boot/loader/entries/m-6.1.conf") == "title X\nlinux /k\noptions root=UUID=1 ro quiet\n")
  }

  @Test func aSystemWhoseOwnDiskIsOnTheNetworkKeepsItsEntry() async throws {
    let dracut =
      "options root=UUID=1 netroot=iscsi:192.0.2.1::::iqn.x:y rd.iscsi.initiator=iqn.x:z rd.neednet=1 ip=dhcp\n"
    let tools = "options root=UUID=1 iscsi_auto ip=dhcp BOOTIF=01-52-54-00-12-34-56\n"
    let system = try await run(["a-6.1.conf": dracut, "b-6.1.conf": tools])
    #expect(system.text("/boot/loader/entries/a-6.1.conf") == dracut)
    #expect(system.text("/boot/loader/entries/b-6.1.conf") == tools)
  }

  @Test func otherEntriesStay() async throws {
    let plain = "title X\noptions root=UUID=1 ip=dhcp systemd.mask=sleep.target\n"
    let other = "options \(network)\n"
    let system = try await run(["m-6.1.conf": plain, "m-5.9.conf": other])
    #expect(system.text("/boot/loader/entries/m-6.1.conf") == plain)
    #expect(system.text("/boot/loader/entries/m-5.9.conf") == other)
  }
}
