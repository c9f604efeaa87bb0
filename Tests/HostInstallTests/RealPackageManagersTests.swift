import Glibc
import Testing

@testable import HostInstall

/// pacman, dnf and zypper as Debian packages them, driven by the commands of the profiles: in an empty tree, with a
/// repository of made-up packages in a directory. Nothing of the system that runs is touched.
@Suite(
  .serialized,
  .enabled(
    if: geteuid() == 0 && getenv("TEST_FULL") != nil,
    "needs root, and package managers that only ./test.sh full installs"))
struct RealPackageManagersTests {
  @Test(arguments: ForeignTree.Kind.allCases)
  func theProfilesCommandsDoWhatTheyAreSaidTo(_ kind: ForeignTree.Kind) async throws {
    let (_, packages, wanted) = try make(kind)
    try await packages.refresh()
    try await packages.change(install: [ForeignTree.base], remove: [])
    let present = try await packages.installed()
    #expect(present == [ForeignTree.base])
    #expect(try await packages.manual() == [])
    #expect(try await packages.unfinished() == "")

    let all = wanted + [ForeignTree.library]
    let simulation = try await packages.simulate(install: wanted, remove: [])
    #expect(simulation.added.sorted() == all.sorted())
    #expect(simulation.removed == [] && simulation.upgraded == [])
    #expect(try await packages.installed() == present)

    try await packages.change(install: wanted, remove: [])
    #expect(try await packages.installed() == present.union(all))
    #expect(try await packages.simulate(install: wanted, remove: []) == PackageSimulation())
    try await packages.repair()

    let last = try #require(wanted.last)
    #expect(try await packages.simulate(install: [], remove: [last]).removed == [last])
    // The library is needed: either that is said, or it is refused.
    let taken = try? await packages.simulate(install: [], remove: [ForeignTree.library]).removed.sorted()
    #expect(taken == nil || taken == [ForeignTree.library, wanted[0]].sorted())
    #expect(try await packages.installed() == present.union(all))

    try await packages.revert(install: [], remove: all)
    #expect(try await packages.installed() == present)
  }

  /// A package that is there in an older version is not ours to remove later.
  @Test(arguments: ForeignTree.Kind.allCases)
  func aNewerVersionIsNotTakenForANewPackage(_ kind: ForeignTree.Kind) async throws {
    let (tree, packages, wanted) = try make(kind)
    try await packages.refresh()
    try await packages.change(install: [ForeignTree.library], remove: [])
    try tree.publish(version: 2)
    try await packages.refresh()
    let simulation = try await packages.simulate(install: wanted, remove: [])
    #expect(simulation.added.sorted() == wanted.sorted())
    #expect(simulation.upgraded == [ForeignTree.library])
    #expect(simulation.removed == [])
  }

  private func make(_ kind: ForeignTree.Kind) throws -> (ForeignTree, any PackageManager, [String]) {
    let profiles = try ProfileDirectory(path: Installation.profilePath).profiles
    let profile = try #require(profiles.first { $0.name == kind.profile })
    let wanted = kind.wanted(profile)
    try #require(!wanted.isEmpty)
    let tree = try ForeignTree(kind, offering: wanted)
    return (tree, try #require(profile.packages).manager(tree), wanted)
  }
}
