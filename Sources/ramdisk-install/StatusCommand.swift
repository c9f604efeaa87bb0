import ArgumentParser
import HostInstall

struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "What is installed, healthy or not, and what the next boot will be.")

  @OptionGroup var common: CommonOptions

  func run() async throws {
    try common.requireRoot()
    let status: StatusReport
    do { status = try common.installer().status() } catch let failure as Failure { throw failure } catch {
      throw Failure.failed("\(error)")
    }
    if common.json { return Console.output(try JSONText.of(status)) }
    if let interrupted = status.interrupted {
      let command = StatusReport.command(mending: interrupted)
      Console.output("A run of '\(interrupted)' was interrupted, or has not ended yet: run '\(command)'.")
    }
    guard status.isInstalled else { return Console.output("The ramdisk is not installed.") }
    let version =
      status.productVersion.map { "version \($0), kernel \(status.kernelVersion ?? "?")" }
      ?? "version unknown"
    Console.output("The ramdisk is installed: \(version).")
    for file in status.changed { Console.output("  changed since: \(file)") }
    for problem in status.problems { Console.output("  problem: \(problem)") }
    if status.problems.isEmpty { Console.output("It is healthy.") }
    let next =
      switch status.nextEntry {
      case _? where status.nextIsRamdisk: "the ramdisk, once"
      case let other?: "the entry '\(other)'"
      case nil: "the boot loader's default"
      }
    Console.output("Next boot: \(next).")
  }
}
