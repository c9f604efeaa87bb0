import ArgumentParser
import Linux
import PayloadImage
import SystemPackage

struct WriteSite: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "site", abstract: "Make site.img from a site configuration, as it is, unchecked.")

  @Option(help: "The configuration, as /etc/iscsi-target-ramdisk.json5.")
  var config: String
  @Option(help: "The segment to write, mode 0600.")
  var output: String

  func run() throws {
    try SiteSegment.write(config: readFile(config), to: FilePath(output))
  }
}
