import DHCP
import Glibc
import Linux
import TFTP
import Testing

@testable import Runtime

@Suite struct KernelCommandLineTests {
  @Test(arguments: [
    ("quiet ramdisk.debug root=/dev/sda1", true, false), ("ramdisk.shell=1", false, true),
    ("ramdisk.shell=0 ramdisk.debug=no", false, false), (#"x="ramdisk.debug ramdisk.shell""#, false, false),
    ("", false, false),
  ])
  func findsOurWords(text: String, isDebug: Bool, wantsShell: Bool) {
    let options = KernelCommandLine(text)
    #expect(options.isDebug == isDebug)
    #expect(options.wantsShell == wantsShell)
  }
}

@Suite struct SecureBootTests {
  @Test(arguments: [(3, true), (2, false), (1, false), (0, false)])
  func isReadFromTheBootParameters(mode: UInt8, isOn: Bool) {
    var parameters = [UInt8](repeating: 0, count: 4096)
    parameters[0x1ec] = mode
    #expect(SecureBoot.isOn(bootParameters: parameters) == isOn)
    #expect(!SecureBoot.isOn(bootParameters: Array(parameters[..<0x1ec])))
  }
}

@Suite struct ScreenTests {
  private var status: RuntimeStatus {
    var status = RuntimeStatus()
    status.phase = .ready
    status.iqn = "iqn.2025-01.org.example:x"
    status.interfaces = [
      RuntimeStatus.Interface(
        name: "eth0", hardwareAddress: "52:54:00:12:34:56", hasLink: true, address: "192.168.200.1/24",
        dhcp: "server")
    ]
    status.disks = [
      RuntimeStatus.Disk(
        lun: 0, identity: "ptuuid:1", mode: "rw", state: .serving, path: "/dev/sda", model: "ST1000",
        size: 1_000_204_886_016)
    ]
    status.sessions = [
      RuntimeStatus.Session(initiator: "iqn.2025-01.org.example:y", address: "192.168.200.2")
    ]
    return status
  }

  @Test func showsWhatMatters() {
    let lines = Screen.lines(status, recent: ["something happened"], columns: 80, rows: 25)
    #expect(lines.first?.contains("ready") == true)
    #expect(lines.contains("Network   eth0: 192.168.200.1/24 port 3260, DHCP server"))
    #expect(lines.contains("Disk 0    /dev/sda, read and write, 1.0 TB, ST1000"))
    #expect(lines.contains("Connected iqn.2025-01.org.example:y from 192.168.200.2"))
    #expect(lines.last == "something happened")
  }

  @Test(arguments: [(1, 1), (20, 3), (80, 25), (200, 60)])
  func fitsTheTerminal(columns: Int, rows: Int) {
    let recent = (0..<100).map { "\($0) " + String(repeating: "x", count: 300) }
    let lines = Screen.lines(status, recent: recent, columns: columns, rows: rows)
    #expect(lines.count <= rows)
    #expect(lines.allSatisfy { $0.count <= max(20, columns - 1) })
  }

  @Test(arguments: [
    (0, "0 bytes"), (999, "999 bytes"), (4_700_000_000, "4.7 GB"), (512_000_000_000, "512 GB"),
  ])
  func sizesAsOnLabels(bytes: UInt64, text: String) {
    #expect(Screen.sizeText(bytes) == text)
  }
}

@Suite struct LoadersTests {
  @Test func theFirmwaresOwnDriverIsPreferred() {
    let loaders = Loaders(
      files: ["undionly.kpxe": [1], "ipxe.efi": [2], "snponly.efi": [3]], directory: "/nowhere")
    #expect(loaders.byFirmware == [.bios: "undionly.kpxe", .x64: "snponly.efi"])
    #expect(Loaders(directories: ["/nowhere"]).byFirmware.isEmpty)
  }
}

@Suite struct MailboxTests {
  @Test func messagesArriveInOrder() throws {
    let mailbox = try Mailbox<Int>()
    #expect(try pollReadable([mailbox.number], timeout: .zero) == [false])
    for number in 0..<100 { mailbox.post(number) }
    #expect(try pollReadable([mailbox.number], timeout: .zero) == [true])
    #expect(mailbox.take() == Array(0..<100))
    #expect(mailbox.take().isEmpty)
  }

  @Test func aFloodIsDroppedAndWhatIsUrgentPassesIt() throws {
    let mailbox = try Mailbox<Int>()
    for number in 0..<100 { mailbox.post(number, limit: 10) }
    mailbox.post(200)
    mailbox.post(300, isUrgent: true)
    #expect(mailbox.take(atMost: 2) == [300, 0])
    #expect(try pollReadable([mailbox.number], timeout: .zero) == [true])
    #expect(mailbox.take(atMost: 20) == Array(1..<10) + [200])
    #expect(try pollReadable([mailbox.number], timeout: .zero) == [false])
  }

  @Test func onlyWhatStrangersCauseIsLimited() {
    let event = TFTPEvent(client: .any, path: "x", step: .notFound)
    #expect(Appliance.Message.tftp(event).limit == 1024)
    #expect(Appliance.Message.stop(done: {}).limit == .max)
    #expect(Appliance.Message.target(.stopped).limit == .max)
  }
}

@Suite struct PatienceTests {
  @Test func whatHangsIsNotWaitedForForEver() throws {
    let release = try EventSignal()
    #expect(
      !finishes("hangs", within: .milliseconds(20)) { _ = try? pollReadable([release.number], timeout: nil) })
    release.raise()
    #expect(finishes("ends", within: .seconds(180)) {})
  }
}

@Suite struct BootFileSystemTests {
  @Test(arguments: [
    ("ext4", "ext4", "noload"), ("ext2", "ext4", "noload"), ("xfs", "xfs", "norecovery,nouuid"),
    ("btrfs", "btrfs", "rescue=nologreplay,subvolid=5"),
  ])
  func noJournalIsReplayed(type: String, driver: String, options: String) {
    let ways = BootFileSystem.ways(toMount: type)
    #expect(ways.type == driver)
    #expect(ways.options.first == options)
  }
}
