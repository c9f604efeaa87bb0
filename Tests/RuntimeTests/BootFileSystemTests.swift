import BlockProbe
import FoundationEssentials
import Glibc
import Linux
import SiteConfig
import Testing

@testable import Runtime

/// The kernel's own file system drivers on a loop device.
@Suite(
  .enabled(if: geteuid() == 0 && access("/dev/loop-control", R_OK | W_OK) == 0, "needs root for loop devices")
)
struct BootFileSystemDeviceTests {
  /// What ext4 does to a file that was open while it was deleted, and the machine crashed.
  private static let orphan = """
    write one victim
    write one vmlinuz-1
    write one initrd.img-1
    unlink victim
    set_inode_field <12> links_count 0
    set_inode_field <12> dtime 0
    set_super_value last_orphan 12

    """

  private func shell(_ command: String) throws {
    try #require(system(command) == 0, "\(command)")
  }

  @Test func notAByteIsWritten() throws {
    var template = Array("/tmp/boot-file-system-XXXXXX".utf8CString)
    let made = try #require(mkdtemp(&template))
    let directory = String(cString: made)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try writeFile("\(directory)/one", [1, 2, 3])
    try writeFile("\(directory)/orphan", Array(Self.orphan.utf8))
    try shell(
      """
      cd \(directory) && truncate -s 8M disk && mkfs.ext4 -q -F disk && debugfs -w -f orphan disk >log 2>&1 \
      && dumpe2fs -h disk 2>/dev/null | grep -q 'First orphan inode: *12' && losetup -f --show disk >loop
      """)
    let device = try #require(readAttribute("\(directory)/loop"))
    defer { _ = system("losetup -d \(device)") }
    let before = try readFile("\(directory)/disk", limit: 8 << 20)
    var info = BlockDeviceInfo(name: "loop", path: device, kind: .loop, size: 8 << 20)
    info.filesystemType = "ext4"
    info.filesystemUsage = "filesystem"
    var site = Site.Boot()
    site.path = "/"
    let images = try BootFileSystem(loadDriver: { _ in }, mountPoint: "\(directory)/mounted").read(
      device: info, site: site, to: "\(directory)/images")
    #expect(images.entries.count == 1)
    #expect(try readFile("\(directory)/disk", limit: 8 << 20) == before)
    // The disk is shared for writing next.
    #expect(try !isWriteProtected(device))
  }

  @Test func whatSomeoneHasClaimedIsLeftAlone() throws {
    var template = Array("/tmp/boot-file-system-XXXXXX".utf8CString)
    let made = try #require(mkdtemp(&template))
    let directory = String(cString: made)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try shell("cd \(directory) && truncate -s 1M disk && losetup -f --show disk >loop")
    let device = try #require(readAttribute("\(directory)/loop"))
    defer { _ = system("losetup -d \(device)") }
    do {
      let holder = try OwnedDescriptor(path: device, flags: O_RDWR | O_EXCL)
      #expect(try !protectFromWrites(device))
      #expect(try !isWriteProtected(device))
      _ = holder.number
    }
    #expect(try protectFromWrites(device))
    #expect(try isWriteProtected(device) && !protectFromWrites(device))
    try allowWrites(device)
    #expect(try !isWriteProtected(device))
  }
}
