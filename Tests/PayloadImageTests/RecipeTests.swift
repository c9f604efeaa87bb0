import SystemPackage
import Testing

@testable import PayloadImage

@Suite struct RecipeTests {
  static func recipe(packages: String = "", files: String = "", modules: String = "") throws -> Recipe {
    try Recipe(
      packages: RecipeLines(text: packages, file: "packages.list"),
      files: RecipeLines(text: files, file: "files.list"),
      modules: RecipeLines(text: modules, file: "modules.list"))
  }

  @Test func readsEveryKindOfLine() throws {
    let recipe = try Self.recipe(
      packages: "suite trixie\nkernel linux-image-amd64 # meta\n\nfirmware firmware-realtek\n",
      files: """
        dir /tmp 1777
        link /bin/sh busybox
        char /dev/console 5 1 0600
        file /bin/busybox 0755 busybox-static /usr/bin/busybox|/bin/busybox
        """,
      modules: "ext4 required\nvfat\n")
    #expect(recipe.suites == ["trixie"])
    #expect(recipe.packages.map(\.role) == [.kernel, .firmware])
    #expect(
      recipe.modules == [.init(name: "ext4", isRequired: true), .init(name: "vfat", isRequired: false)])
    #expect(
      recipe.members == [
        .init(path: "tmp", permissions: 0o1777, source: .directory),
        .init(path: "bin/sh", permissions: 0o777, source: .link(target: "busybox")),
        .init(path: "dev/console", permissions: 0o600, source: .characterDevice(major: 5, minor: 1)),
        .init(
          path: "bin/busybox", permissions: 0o755,
          source: .file(package: "busybox-static", paths: ["/usr/bin/busybox", "/bin/busybox"])),
      ])
  }

  @Test(arguments: [
    "dir /tmp", "dir tmp 0755", "dir /tmp 99", "file /a 0644 p", "char /a x 1 0600", "move /a /b",
  ])
  func namesTheLineOfAMistake(line: String) throws {
    let error = try #require(throws: PayloadError.self) { try Self.recipe(files: "# comment\n" + line) }
    #expect(error.description.hasPrefix("files.list:2: "))
  }

  @Test func refusesUnknownWordsInOtherLists() {
    #expect(throws: PayloadError.self) { try Self.recipe(packages: "source x") }
    #expect(throws: PayloadError.self) { try Self.recipe(modules: "ext4 optional") }
  }

  @Test func theShippedRecipeIsWhole() throws {
    let root = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
    let recipe = try Recipe(directory: root.appending("payload"))
    #expect(recipe.packages.contains { $0.role == .kernel })
    #expect(recipe.modules.contains { $0.name == "e1000" && $0.isRequired })
    #expect(Set(recipe.modules.map { ModuleIndex.canonical($0.name) }).count == recipe.modules.count)
    let packages = Set(recipe.packages.filter { $0.role == .files }.map(\.name) + [Recipe.ownFiles])
    for member in recipe.members {
      if case .file(let package, _) = member.source { #expect(packages.contains(package)) }
    }
    // The paths that the runtime knows.
    let paths = Set(recipe.members.map(\.path))
    let loaders = ["undionly.kpxe", "ipxe.pxe", "snponly.efi", "ipxe.efi"]
    #expect(paths.isSuperset(of: loaders.map { "usr/share/iscsi-target-ramdisk/ipxe/" + $0 } + ["bin/sh"]))
  }
}
