import Testing

@testable import HostInstall

@Suite struct GRUBEntryTests {
  private let entry = GRUBEntry(
    uuid: "0f-1", fileSystemType: "ext4", directory: "/boot/iscsi-target-ramdisk",
    parameters: ["console=ttyS0,115200", "quiet"], hasPrevious: false)

  @Test func isAsGRUBWantsIt() {
    #expect(
      entry.text == """
        menuentry 'iSCSI Target Ramdisk' --id ramdisk-install --class iscsi-target-ramdisk --unrestricted {
          insmod part_gpt
          insmod part_msdos
          insmod ext2
          search --no-floppy --fs-uuid --set=root 0f-1
          linux /boot/iscsi-target-ramdisk/vmlinuz console=ttyS0,115200 quiet
          initrd /boot/iscsi-target-ramdisk/initrd.img /boot/iscsi-target-ramdisk/modules.img /boot/iscsi-target-ramdisk/site.img
        }

        """)
  }

  @Test(.enabled(if: Files.exists("/usr/bin/grub-script-check"), "needs GRUB's tools"))
  func grubsParserTakesIt() async throws {
    let system = try FakeSystem()
    var strange = entry
    strange.hasPrevious = true
    strange.directory = "/@root's/boot/a b"
    for text in [entry.text, strange.text] {
      try system.write("/etc/entry", text)
      let result = try await SystemCommands(root: .local).run(
        Command(["grub-script-check", system.path("/etc/entry")]))
      #expect(result.status == 0, "\(result.errors)")
    }
  }

  @Test func thePreviousPayloadUsesThePresentSite() {
    var both = entry
    both.hasPrevious = true
    #expect(both.text.hasPrefix(entry.text))
    #expect(both.text.contains("--id ramdisk-install-previous"))
    #expect(
      both.text.contains(
        "/boot/iscsi-target-ramdisk/previous/modules.img /boot/iscsi-target-ramdisk/site.img\n"))
  }

  @Test func strangeNamesAreQuoted() {
    #expect(GRUBEntry.quoted("/@root/boot/a b") == "'/@root/boot/a b'")
    #expect(GRUBEntry.quoted("it's") == #"'it'\''s'"#)
    #expect(GRUBEntry.quoted("/boot/x_1.img") == "/boot/x_1.img")
  }

  @Test func consolesAreKept() {
    #expect(
      GRUBEntry.parameters(commandLine: "root=x ro console=tty0 console=ttyS1,9600 splash")
        == ["console=tty0", "console=ttyS1,9600", "quiet", "panic=30"])
  }
}
