import ArgumentParser
import HostInstall
import VirtualLab

struct TryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "try",
    abstract: "Show it working in two virtual machines; touches nothing on this machine.",
    discussion: """
      Makes a disk with a real Debian system, installs the ramdisk on it, boots one virtual machine into the ramdisk
      and another, without a disk, over the network from it. Needs QEMU, OVMF, mmdebstrap and mtools; root for loop
      devices; about 4 GB in /tmp and 1 GB in the cache directory. Without hardware virtualisation it takes some
      minutes.
      """)

  @Option(help: ArgumentHelp("Firmware of both machines: bios or uefi.", valueName: "KIND"))
  var firmware: Firmware = .uefi

  @Option(help: ArgumentHelp("Directory with the ramdisk's kernel and segments.", valueName: "DIR"))
  var payload: String?

  @Option(help: ArgumentHelp("Leave the disk and the machines' logs in this directory.", valueName: "DIR"))
  var keep: String?

  @Option(help: ArgumentHelp("Keep the Debian base system here for the next time.", valueName: "DIR"))
  var cache = "/var/cache/ramdisk-install"

  @Flag(name: .shortAndLong, help: "Show everything that the machines print.")
  var verbose = false

  func run() async throws {
    guard let program = Files.linkTarget("/proc/self/exe") else {
      throw Failure.failed("cannot find this program's own file: is /proc mounted?")
    }
    let payload = payload ?? ProgramFiles.directory("payload")
    guard let payload else {
      throw Failure.failed("the ramdisk's files are missing: name their directory with --payload")
    }
    let demonstration = Demonstration(
      firmware: firmware, product: Product(installer: program, payload: payload), cache: cache, keep: keep,
      isVerbose: verbose)
    do {
      try await demonstration.run { Console.output($0) }
    } catch is CancellationError {
      throw Failure.failed("stopped; nothing was left behind")
    } catch let error as LabError {
      throw error.code == .notPermitted ? Failure.refused(error.message) : Failure.failed(error.message)
    } catch { throw Failure.failed("\(error)") }
  }
}

extension Firmware: ExpressibleByArgument {}
