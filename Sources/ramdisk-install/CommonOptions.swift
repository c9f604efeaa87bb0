import ArgumentParser
import Glibc
import HostInstall
import Synchronization

/// What every subcommand takes.
struct CommonOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Work on the system mounted at this directory.", valueName: "DIR"),
    completion: .directory)
  var root = "/"

  @Flag(help: "Print JSON for programs.")
  var json = false

  @Flag(name: .shortAndLong, help: "Show every command that is run.")
  var verbose = false

  @Option(help: .hidden)
  var profiles: String?

  /// The operations on the chosen system.
  ///
  /// - Parameter notebook: told of every new secret.
  func installer(_ notebook: SecretNotebook = SecretNotebook()) throws -> Installer {
    let root: HostRoot
    let directory: ProfileDirectory
    do {
      root = self.root == "/" ? .local : try HostRoot(path: self.root)
      guard let path = profiles ?? ProgramFiles.directory("distro") else {
        throw Failure.failed("the distro profiles are missing: install this program with install.sh")
      }
      directory = try ProfileDirectory(path: path)
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure.failed("\(error)")
    }
    let console = Console(json: json)
    // Of a system that is only mounted here the boot variables are another machine's.
    let firmware: any FirmwareVariables = root.isLocal ? SystemFirmware() : AbsentFirmware()
    let trace: @Sendable (Command) -> Void = { console.trace($0.description) }
    return Installer(
      root: root, profiles: directory,
      detector: { try Detector.system(root: root, profiles: directory, firmware: firmware) },
      runner: SystemCommands(root: root, trace: verbose ? trace : nil), firmware: firmware,
      faults: faults,
      isCancelled: { Interruption.happened.load(ordering: .relaxed) },
      report: { event in
        notebook.note(event)
        console.show(event)
      })
  }

  private var faults: FaultPoints {
    #if DEBUG
      FaultPoints.fromEnvironment()
    #else
      FaultPoints.none
    #endif
  }

  /// - Throws: `Failure` unless root runs this.
  func requireRoot() throws {
    guard geteuid() == 0 else { throw Failure.refused("this needs root: run it with sudo") }
  }
}

/// Ctrl-C and its relatives: the step under way is finished or fails, then everything is taken back.
enum Interruption {
  static let happened = Atomic<Bool>(false)

  static func listen() {
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number) { _ in Interruption.happened.store(true, ordering: .relaxed) }
    }
  }
}
