import ArgumentParser
import HostInstall

struct InstallCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "install", abstract: "Detect, show the plan, ask, do it, verify it.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var payload: PayloadOptions

  @Flag(name: .shortAndLong, help: "Do not ask.")
  var yes = false

  @Flag(help: "Show the plan and change nothing.")
  var dryRun = false

  @Flag(help: "Take back what was installed (as the subcommand 'uninstall').")
  var uninstall = false

  func run() async throws {
    if uninstall {
      var command = UninstallCommand()
      command.common = common
      command.yes = yes
      return try await command.run()
    }
    try await Operation(
      name: "install", common: common, options: payload.installOptions, yes: yes, dryRun: dryRun
    ).run()
  }
}

struct UpdateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "update", abstract: "Redeploy ramdisk and configuration after an upgrade or an edit.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var payload: PayloadOptions

  @Flag(name: .shortAndLong, help: "Do not ask.")
  var yes = false

  @Flag(help: "Show the plan and change nothing.")
  var dryRun = false

  func run() async throws {
    try await Operation(
      name: "update", common: common, options: payload.installOptions, yes: yes, dryRun: dryRun
    ).run()
  }
}
