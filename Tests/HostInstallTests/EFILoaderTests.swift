import Glibc
import Testing

@testable import HostInstall

/// Boot options in variables of the firmware, read by efibootmgr.
@Suite struct EFILoaderTests {
  /// Directories with dumps of machines, when there are any: `RAMDISK_EFIVARS_DUMPS=DIR:DIR`.
  private static var dumps: [String?] {
    let named = getenv("RAMDISK_EFIVARS_DUMPS").map { String(cString: $0) } ?? ""
    return [nil] + named.split(separator: ":").map { String($0) }
  }

  @Test(arguments: dumps)
  func theOptionIsTheLastAndGoesWithoutATrace(dump: String?) async throws {
    let variables = try VariableDirectory(copying: dump)
    try variables.write(.global("SecureBoot"), FirmwareValue([0], attributes: 6))
    let before = try variables.all
    let order = try BootOptions(variables).order
    let system = try FakeSystem(.efi, firmware: variables)
    let installation = try Installation(system)
    try await installation.install()

    let table = try BootOptions(variables)
    let ours = try #require(table.ours)
    #expect(table.order == order + [ours])
    let others = try variables.all.filter {
      !$0.key.hasPrefix("BootOrder-") && !$0.key.hasPrefix(BootOptions.name(ours).name)
    }
    #expect(others == before.filter { !$0.key.hasPrefix("BootOrder-") })
    #expect(try installation.installer.status().problems == [])

    try await installation.installer.bootOnce()
    let status = try installation.installer.status()
    #expect(status.nextEntry == BootOptions.name(ours).name)
    #expect(status.nextIsRamdisk)

    #expect(try await installation.installer.uninstall() == [])
    #expect(try variables.all == before)
  }

  @Test(
    .enabled(if: Files.exists("/usr/bin/efibootmgr") || Files.exists("/bin/efibootmgr"), "needs efibootmgr"))
  func efibootmgrReadsTheOption() async throws {
    let variables = try VariableDirectory()
    let system = try FakeSystem(.efi, firmware: variables)
    let installation = try Installation(system)
    try await installation.install()
    try await installation.installer.bootOnce()
    let printed = try await variables.run(["efibootmgr", "-v"]).output
    #expect(printed.contains("BootNext: 0002\n"))
    #expect(printed.contains("BootOrder: 0001,0000,0002\n"))
    let line = try #require(
      printed.split(separator: "\n").first { $0.hasPrefix("Boot0002*") }, "\(printed)")
    #expect(
      line.hasPrefix(
        "Boot0002* iSCSI Target Ramdisk\tHD(2,GPT,c0ffee00-1111-2222-3333-444444444444,0x800,0x80000)"
          + "/File(\\iscsi-target-ramdisk\\vmlinuz)"))
    // It shows two bytes of each character.
    let arguments = line.filter { $0 != "." }
    #expect(arguments.contains("initrd=\\iscsi-target-ramdisk\\initrdimg"))
    #expect(arguments.contains("initrd=\\iscsi-target-ramdisk\\siteimg"))
    #expect(arguments.hasSuffix("quiet panic=30"))
  }

  @Test func anOptionIsAsTheSpecificationHasIt() throws {
    let partition = BootPartitionFacts(
      mountPoint: "/efi", partitionUUID: "c0ffee00-1111-2222-3333-444444444444", number: 2, start: 2048,
      length: 0x80000, isPrivate: true)
    let option = LoadOption(title: "AB", partition: partition, program: "/a/b", arguments: "q")
    let path =
      "04012a00" + "02000000" + "0008000000000000" + "0000080000000000"
      + "00eeffc01111222233334444444444440202"
      + "04040e00" + "5c0061005c0062000000" + "7fff0400"
    #expect(try option.encoded().hexadecimal == "01000000" + "3c00" + "410042000000" + path + "71000000")
  }

  @Test func whatTheFirmwareRewroteIsTakenBackAllTheSame() async throws {
    let system = try FakeSystem(.efi)
    let before = try system.state()
    let installation = try Installation(system)
    try await installation.install()
    let firmware = system.firmware
    // Other words for the same option, and an option of somebody else at the end of the list.
    let ours = try #require(try BootOptions(firmware).ours)
    var option = try #require(try firmware.read(BootOptions.name(ours)))
    option.bytes.append(0)
    try firmware.write(BootOptions.name(ours), option)
    try firmware.write(BootOptions.name(9), FakeFirmware.option("USB"))
    try firmware.write(BootOptions.orderName, FirmwareValue(BootOptions.bytes([9, 1, 0, ours])))
    _ = try await installation.installer.uninstall()
    #expect(try BootOptions(firmware).order == [9, 1, 0])
    try firmware.remove(BootOptions.name(9))
    try firmware.write(BootOptions.orderName, FirmwareValue(BootOptions.bytes([1, 0])))
    #expect(try system.changes(since: before) == [])
  }

  @Test func itIsRefusedWhereTheRamdiskWouldBeFirstOrBlocked() throws {
    let system = try FakeSystem(.efi)
    try system.firmware.remove(BootOptions.orderName)
    #expect(try obstacle(system)?.reason.contains("no list of boot options") == true)
    let secure = try FakeSystem(.efi)
    try secure.firmware.write(.global("SecureBoot"), FirmwareValue([1], attributes: 6))
    #expect(try obstacle(secure)?.reason.contains("Secure Boot") == true)
  }

  @Test func anUpdateWritesNothingThatIsThereAlready() async throws {
    let system = try FakeSystem(.efi)
    let installation = try Installation(system)
    try await installation.install()
    let installed = try BootOptions(system.firmware)
    try system.makePayload(version: "2", byte: 2)
    try await installation.install("update")
    #expect(try BootOptions(system.firmware).order == installed.order)
    #expect(try BootOptions(system.firmware).labels == installed.labels)
  }

  private func obstacle(_ system: FakeSystem) throws -> Obstacle? {
    let (facts, profile) = try system.detector(Installation.profiles(system)).detect()
    let context = BootLoaderContext(
      root: system.root, facts: facts, profile: try #require(profile), firmware: system.firmware)
    return EFILoader(context).obstacle
  }
}
