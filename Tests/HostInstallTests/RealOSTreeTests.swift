import Glibc
import Testing

@testable import HostInstall

/// An installation on a system that a real ostree deploys; rpm-ostree, dracut and GRUB are stand-ins.
@Suite(
  .enabled(
    if: geteuid() == 0 && getenv("TEST_FULL") != nil,
    "needs root, and ostree, which only ./test.sh full installs"))
struct RealOSTreeTests {
  private static let kernel = "6.17.1-300.fc43.x86_64"

  @Test func theEntrySurvivesADeploymentAndIsTakenBackAfterIt() async throws {
    let tree = try #require(DistroTree.all.first { $0.name == "silverblue" })
    // What ostree itself makes is left out.
    let system = try FakeSystem(tree: tree.files.filter { !$0.key.hasPrefix("/boot/ostree") })
    let sources = system.payload + "/../tree"
    try shell(Self.initialize, system.root.path, sources, Self.kernel)
    try shell(Self.deploy, system.root.path, sources, Self.kernel, "first")
    let before = try system.state()

    let profiles = try ProfileDirectory(path: Installation.profilePath)
    let (facts, found) = try system.detector(profiles).detect()
    let profile = try #require(found)
    #expect(profile.name == tree.profile)
    #expect(facts.kernels.map(\.version) == [Self.kernel])
    #expect(facts.kernels.first?.image.hasPrefix("/boot/ostree/fedora-") == true)
    let installer = Installer(
      root: system.root, profiles: profiles, detector: { system.detector(profiles) },
      runner: FakeDistroPrograms(system, profile), firmware: system.firmware, report: { _ in })
    let plan = try await installer.plan(InstallOptions(payload: system.payload))
    #expect(plan.findings.filter { $0.severity == .refusal } == [])
    try await installer.apply(plan, operation: "install")
    #expect(try installer.status().problems == [])

    // An entry like those of blscfg goes with every deployment: why there is none of ours.
    let foreign = "/boot/loader/entries/\(LoaderEntryFile.name).conf"
    try system.write(foreign, "title of someone else\n")
    let menu = system.text("/boot/grub2/custom.cfg")
    try shell(Self.deploy, system.root.path, sources, Self.kernel, "second")
    #expect(!Files.exists(system.path(foreign)))
    #expect(system.text("/boot/grub2/custom.cfg") == menu)
    #expect(try installer.status().problems == [])
    #expect(try system.detector(profiles).detect().facts.kernels.map(\.version) == [Self.kernel])

    #expect(try await installer.uninstall() == [])
    // The second deployment is ostree's own.
    let changes = try system.changes(since: before).filter {
      !$0.hasPrefix("/usr") && !$0.hasPrefix("/boot/ostree") && !$0.hasPrefix("/boot/loader")
    }
    #expect(changes == [])
    try shell("rm -r \"$1\"", system.root.path + "/ostree")
  }

  private static let initialize = """
    mkdir -p "$2/usr/etc" "$2/usr/lib/modules/$3"
    printf 'ID=fedora\\nVERSION_ID=43\\nNAME=Fedora\\n' >"$2/usr/lib/os-release"
    export OSTREE_SYSROOT_DEBUG=mutable-deployments
    exec >/dev/null 2>&1
    ostree admin init-fs "$1"
    ostree admin os-init --sysroot="$1" fedora
    ostree config --repo="$1/ostree/repo" set sysroot.bootloader none
    """

  private static let deploy = """
    export OSTREE_SYSROOT_DEBUG=mutable-deployments
    echo "kernel of the $4 deployment" >"$2/usr/lib/modules/$3/vmlinuz"
    echo "image of the $4 deployment" >"$2/usr/lib/modules/$3/initramfs.img"
    exec >/dev/null 2>&1
    ostree commit --repo="$1/ostree/repo" -b test --tree=dir="$2"
    ostree admin deploy --sysroot="$1" --os=fedora test
    """
}
