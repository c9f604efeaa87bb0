import ArgumentParser
import Glibc
import PayloadImage
import SystemPackage

struct Build: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Build vmlinuz, initrd.img, modules.img and manifest.json.",
    discussion: """
      Packages are fetched and verified by apt with lists and a cache of their own; nothing is installed. A second \
      build works without a network. The same inputs give the same bytes.
      """)

  @Option(help: "The static ramdiskd.")
  var ramdiskd: String
  @Option(help: "Directory for the payload.")
  var output: String
  @Option(help: "'package' (fetched by apt), 'host' (the running kernel), or the path of an image.")
  var kernel = "package"
  @Option(help: "Suite to take packages from, instead of the recipe's.")
  var suite: String?
  @Option(help: "Directory that keeps fetched packages.")
  var cache = "/var/cache/ramdisk-payload"
  @Option(help: "Directory with packages.list, files.list and modules.list.")
  var recipe = "payload"

  /// What boot file systems of usual size have room for, twice.
  private static let budget = 48_000_000

  func run() async throws {
    let source: PayloadBuilder.Kernel =
      switch kernel {
      case "package": .package
      case "host": .host
      default: .file(FilePath(kernel))
      }
    let builder = PayloadBuilder(
      ramdiskd: FilePath(ramdiskd), recipe: FilePath(recipe), cache: FilePath(cache), kernel: source,
      suite: suite,
      progress: {
        print("  \($0)")
        // Whoever follows a log file wants to see it when it happens.
        fflush(nil)
      })
    let report = try await builder.build(output: FilePath(output))
    print(Table.text(report))
    if report.manifest.size > Self.budget {
      print("warning: larger than \(Table.megabytes(Self.budget)): leave out modules that are not needed")
    }
    for note in report.manifest.notes { print("note: \(note)") }
  }
}
