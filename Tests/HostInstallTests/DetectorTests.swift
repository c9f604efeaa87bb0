import BlockProbe
import Glibc
import Linux
import Testing

@testable import HostInstall

@Suite struct DetectorTests {
  private func profiles() throws -> ProfileDirectory { try ProfileDirectory(path: Installation.profilePath) }

  private func judged(
    _ facts: HostFacts, _ profile: DistroProfile?, _ system: FakeSystem,
    _ initramfs: InstallOptions.InitramfsMode
  ) -> [Finding] {
    let selection = profile.map {
      BootLoaderSelection(
        BootLoaderContext(root: system.root, facts: facts, profile: $0, firmware: system.firmware),
        wanted: nil, installed: nil)
    }
    return Preflight(
      facts: facts, profile: profile, root: system.root, initramfs: initramfs, bootLoaders: selection
    ).findings()
  }

  @Test func findsOutWhatASystemConsistsOf() throws {
    let system = try FakeSystem()
    let (facts, profile) = try system.detector(profiles()).detect()
    #expect(profile?.name == "Debian")
    #expect(facts.initramfs == InitramfsFacts(generator: .initramfsTools))
    #expect(facts.kernels.map(\.version) == FakeSystem.kernels)
    #expect(facts.kernels.last?.initramfs == "/boot/initrd.img-6.1.0-10-amd64")
    #expect(facts.grub?.sourcesCustom == true)
    #expect(facts.grub?.customConfiguration == "/boot/grub/custom.cfg")
    #expect(facts.bootFileSystem?.identity == "uuid:\(FakeSystem.fileSystemUUID)")
    #expect(facts.bootPath == "/boot")
    #expect(facts.disks.map(\.identity) == ["ptuuid:aaaaaaaa-0000-0000-0000-000000000000"])
    #expect(facts.secureBoot == .unknown)
  }

  @Test func aKernelWithoutModulesIsNone() throws {
    let system = try FakeSystem()
    try system.write("/boot/vmlinuz-5.0", "left over")
    #expect(try system.detector(profiles()).detect().facts.kernels.map(\.version) == FakeSystem.kernels)
  }

  @Test func knowsASeparateBootFileSystem() throws {
    let system = try FakeSystem()
    let root = system.root.path
    var boot = BlockDeviceInfo(name: "sdb2", path: "/dev/sdb2", kind: .partition, size: 1 << 28)
    boot.parent = "sdb"
    boot.deviceNumber = "8:18"
    boot.filesystemUUID = "b00t"
    var disk = BlockDeviceInfo(name: "sdb", path: "/dev/sdb", kind: .disk, size: 1 << 30)
    disk.serial = "S1"
    let fake = try system.detector(profiles())
    let detector = try Detector(
      root: system.root, profiles: profiles(), devices: fake.devices + [boot, disk],
      mounts: MountTable("1 0 8:1 / \(root) rw - ext4 x rw\n2 1 8:18 / \(root)/boot rw - ext4 x rw"))
    let facts = try detector.detect().facts
    #expect(facts.bootPath == "/")
    #expect(facts.bootFileSystem?.mountPoint == "/boot")
    #expect(facts.bootFileSystem?.identity == "uuid:b00t")
    #expect(facts.disks.map(\.identity) == ["ptuuid:aaaaaaaa-0000-0000-0000-000000000000", "serial:S1"])
  }

  @Test func aSubvolumeIsPartOfThePath() throws {
    let system = try FakeSystem()
    let fake = try system.detector(profiles())
    let detector = try Detector(
      root: system.root, profiles: profiles(), devices: fake.devices,
      mounts: MountTable("1 0 8:1 /@rootfs \(system.root.path) rw - btrfs /dev/none rw"))
    #expect(try detector.detect().facts.bootPath == "/@rootfs/boot")
  }

  @Test func aMereDirectoryIsDescribedByItsTable() throws {
    let system = try FakeSystem()
    try system.write(
      "/etc/fstab", "# comment\nUUID=r00t / ext4 defaults 0 1\nPARTUUID=p /boot xfs defaults 0 2\n")
    let detector = try Detector(
      root: system.root, profiles: profiles(), devices: [],
      mounts: MountTable("1 0 8:1 / / rw - ext4 /dev/sda1 rw"))
    let facts = try detector.detect().facts
    #expect(facts.rootFileSystem?.identity == "uuid:r00t")
    #expect(facts.bootFileSystem?.identity == "partuuid:p")
    #expect(facts.bootPath == "/")
    #expect(facts.disks == [])
  }

  @Test func aDiskThatIsLikeAnotherIsNamedBySomethingElse() throws {
    let system = try FakeSystem()
    var devices = try system.detector(profiles()).devices
    var clone = devices[0]
    clone.name = "sdc"
    devices[0].wwn = "naa.1"
    let mounts = MountTable("1 0 8:1 / \(system.root.path) rw - ext4 x rw")
    let named = try Detector(
      root: system.root, profiles: profiles(), devices: devices + [clone], mounts: mounts
    ).detect().facts
    #expect(named.disks.map(\.identity) == ["wwn:naa.1"])
    devices[0].wwn = nil
    let nameless = try Detector(
      root: system.root, profiles: profiles(), devices: devices + [clone], mounts: mounts)
    let (facts, profile) = try nameless.detect()
    #expect(facts.disks.map(\.identity) == [nil])
    let findings = judged(facts, profile, system, .keep)
    #expect(findings.contains { $0.severity == .refusal && $0.text.contains("cannot be told from /dev/sda") })
  }

  @Test func whatIsMissingIsRefusedWithARemedy() throws {
    let system = try FakeSystem()
    try system.remove("/boot/grub/grub.cfg")
    for kernel in FakeSystem.kernels { try system.remove("/boot/vmlinuz-\(kernel)") }
    let (facts, profile) = try system.detector(profiles()).detect()
    let findings = judged(facts, profile, system, .switch)
    #expect(findings.filter { $0.severity == .refusal }.count == 2)
    #expect(findings.allSatisfy { $0.severity != .refusal || $0.remedy != nil })
    let stranger = judged(facts, nil, system, .switch)
    #expect(stranger.map(\.severity) == [.refusal])
  }

  @Test func everyProfileOfTheSourceTreeIsReadable() throws {
    let directory = try profiles()
    #expect(
      directory.profiles.count
        == (try Files.list(Installation.profilePath).filter { $0.hasSuffix(".json5") }).count)
    for profile in directory.profiles {
      #expect(!profile.match.ids.isEmpty)
      #expect((profile.instructions != nil) != (profile.packages != nil))
    }
  }

  @Test func anUnknownKeyInAProfileIsAnError() throws {
    let system = try FakeSystem()
    try system.write(
      "/profiles/a.json5", "{ name: 'A', support: 'modelled', match: { ids: ['a'], idsLike: [], idz: '1' } }")
    let error = #expect(throws: ProfileError.self) { try ProfileDirectory(path: system.path("/profiles")) }
    #expect(error?.reason.contains("match.idz") == true)
  }

  @Test func profilesAreChosenByIDThenByLikeness() throws {
    let system = try FakeSystem()
    let profile = { (name: String, ids: [String], like: [String], file: String?) in
      DistroProfile(
        name: name, support: .modelled, match: DistroProfile.Match(ids: ids, idsLike: like, file: file))
    }
    let directory = ProfileDirectory([
      profile("Debian", ["debian"], ["debian"], nil), profile("Ubuntu", ["ubuntu"], ["ubuntu"], nil),
      profile("Image", ["debian"], [], "/run/ostree-booted"),
    ])
    let name = { (text: String) in directory.profile(for: OSRelease(text), root: system.root)?.name }
    #expect(name("ID=debian") == "Debian")
    #expect(name("ID=linuxmint\nID_LIKE=\"ubuntu debian\"") == "Ubuntu")
    #expect(name("ID=void") == nil)
    try system.write("/run/ostree-booted", "")
    #expect(name("ID=debian") == "Image")
  }
}
