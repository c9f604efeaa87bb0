import Testing

@testable import HostInstall

/// What every profile must fulfil, whatever its distribution.
@Suite struct ProfileTests {
  private func profiles() throws -> ProfileDirectory { try ProfileDirectory(path: Installation.profilePath) }

  @Test func commandsAreSane() throws {
    for profile in try profiles().profiles {
      guard let packages = profile.packages else { continue }
      let taking =
        [packages.simulate, packages.change, packages.revert] + [packages.simulateRemoval].compactMap { $0 }
      #expect(taking.allSatisfy { $0.last == "{packages}" }, "\(profile.name)")
      #expect(!packages.list.isEmpty)
      // Without it nobody would know what else goes with a package.
      #expect(packages.kind == .apt || packages.simulateRemoval != nil, "\(profile.name)")
      for command in taking + [packages.list, packages.refresh, packages.repair, packages.download] {
        #expect(command.allSatisfy { !$0.isEmpty && !$0.contains("\n") }, "\(profile.name): \(command)")
        let placeholders = command.filter { $0.hasPrefix("{") }
        #expect(Set(placeholders).isSubset(of: ["{packages}", "{directory}"]), "\(profile.name): \(command)")
      }
    }
  }

  @Test func namesOfPackagesAreWritable() throws {
    for profile in try profiles().profiles {
      let changes = [profile.initramfs?.switch, profile.initramfs?.sidecar].compactMap { $0 }
      for name in changes.flatMap({ $0.install + $0.replaces }) {
        let isName = name.allSatisfy { $0.isLowercase || $0.isNumber || "-+./".contains($0) }
        #expect(isName && name.first?.isLowercase == true, "\(profile.name): \(name)")
      }
      for change in changes {
        #expect(change.install.contains { $0.contains("iscsi") }, "\(profile.name): no initiator")
        #expect(
          change.install.contains { $0.contains("dracut") } || profile.name == "openSUSE", "\(profile.name)")
      }
      #expect(profile.instructions != nil || !changes.isEmpty, "\(profile.name)")
    }
  }

  @Test func pathsAreAbsoluteAndHooksExist() throws {
    let directory = try profiles()
    for profile in directory.profiles {
      if let kernels = profile.kernels {
        let layouts =
          [kernels.image, kernels.initramfs, kernels.modules]
          + (kernels.others ?? []).flatMap { [$0.image, $0.initramfs] }
        #expect(layouts.allSatisfy { $0.hasPrefix("/") && $0.contains("{") }, "\(profile.name)")
        #expect(kernels.modules.hasSuffix("/{kernel}"))
      }
      let hooks = try KernelHooks(profile.initramfs?.hooks, texts: directory.hooks)
      #expect(hooks.scripts.allSatisfy { $0.path.hasPrefix("/etc/") }, "\(profile.name)")
      #expect(
        hooks.links.allSatisfy { link in hooks.scripts.contains { $0.path == link.value } }, "\(profile.name)"
      )
      if profile.initramfs?.sidecar != nil { #expect(!hooks.scripts.isEmpty, "\(profile.name)") }
    }
    let used = Set(directory.profiles.flatMap { $0.initramfs?.hooks?.scripts.values.map { $0 } ?? [] })
    #expect(used.union(["clean-entry"]) == Set(directory.hooks.keys))
  }

  @Test func noSystemHasTwoProfiles() throws {
    let all = try profiles().profiles.filter { $0.match.file == nil }.flatMap(\.match.ids)
    #expect(Set(all).count == all.count)
  }

  @Test func aProfileIsExtended() throws {
    let system = try FakeSystem()
    try system.write(
      "/p/a.json5",
      "{ name: 'A', support: 'modelled', match: { ids: ['a'], idsLike: ['x'] }, kernels: { image: '/i', initramfs: '/r', modules: '/m' } }"
    )
    try system.write("/p/b.json5", "{ extends: 'a', name: 'B', match: { ids: ['b'] }, kernels: null }")
    let b = try #require(try ProfileDirectory(path: system.path("/p")).profiles.last)
    #expect(b.name == "B" && b.match.ids == ["b"] && b.match.idsLike == ["x"] && b.kernels == nil)
    try system.write("/p/a.json5", "{ extends: 'b' }")
    #expect(throws: ProfileError.self) { try ProfileDirectory(path: system.path("/p")) }
  }
}
