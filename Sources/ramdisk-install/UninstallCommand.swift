import ArgumentParser
import HostInstall

struct UninstallCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "uninstall", abstract: "Take back exactly what install did.")

  @OptionGroup var common: CommonOptions

  @Flag(name: .shortAndLong, help: "Do not ask.")
  var yes = false

  func run() async throws {
    try common.requireRoot()
    let installer = try common.installer()
    let console = Console(json: common.json)
    guard Journal.exists(in: installer.root) else {
      throw Failure.refused("nothing is installed: there is no record in \(Journal.directory)")
    }
    guard yes || console.confirm("Take the ramdisk off this system and restore its initramfs generator?")
    else {
      console.line("Nothing was changed.")
      throw Failure.declined
    }
    // Half taken back is no state to stop in: the next run would have to go on.
    Interruption.listen()
    do {
      let kept = try await installer.uninstall()
      console.line("\nEverything has been taken back.")
      for message in kept { console.line("  kept: \(message)") }
    } catch {
      throw Failure(code: 4, message: "\(error)")
    }
  }
}
