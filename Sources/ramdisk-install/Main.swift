import ArgumentParser
import Glibc

/// `ramdisk-install`: puts the ramdisk onto a machine, and takes it off again.
@main
struct RamdiskInstall: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ramdisk-install",
    abstract: "Adds the iSCSI Target Ramdisk to this machine's boot menu.",
    discussion: """
      Without a subcommand: detects the system, shows the plan, asks, does it, verifies it.
      Exit codes: 0 done, 1 failed and taken back, 2 wrong usage, 3 refused (nothing touched), 4 not everything could
      be taken back.
      """,
    version: Version.text,
    subcommands: [
      InstallCommand.self, UpdateCommand.self, UninstallCommand.self, StatusCommand.self, CheckCommand.self,
      BootOnceCommand.self, ExportCommand.self, TryCommand.self, KernelHookCommand.self,
    ],
    defaultSubcommand: InstallCommand.self)

  static func main() async {
    // Swift takes the arguments from there: without them every call would be the default one, which installs.
    guard access("/proc/self/cmdline", R_OK) == 0 else {
      Console.error("refused: /proc is not mounted: run 'mount -t proc proc /proc' first")
      Glibc.exit(3)
    }
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch let failure as Failure {
      if !failure.text.isEmpty { Console.error(failure.text) }
      Glibc.exit(failure.code)
    } catch {
      // The library's own code for wrong usage is 64.
      guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
      Console.error(fullMessage(for: error))
      Glibc.exit(2)
    }
  }
}

/// An end with another exit code than 0, and what is said about it.
struct Failure: Error {
  var code: Int32
  var message: String

  /// The user said no.
  static let declined = Failure(code: 3, message: "")

  /// The first word tells what became of it, as the exit code does.
  var text: String { message.isEmpty ? "" : (code == 3 ? "refused: " : "failed: ") + message }

  static func failed(_ message: String) -> Failure { Failure(code: 1, message: message) }
  static func refused(_ message: String) -> Failure { Failure(code: 3, message: message) }
}
