import ArgumentParser
import Glibc
import ISCSI
import SCSI

/// Measures what a command costs in the protocol cores alone: PDUs lie in memory, nothing is read, written or sent.
@main
struct ISCSICost: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "iscsi-cost",
    abstract: "Print the nanoseconds that the protocol cores take per command.",
    discussion: "From a PDU in the receive buffer to its answer in the output, without the data.")

  enum Operation: String, ExpressibleByArgument { case read, write }

  @Option(help: "read or write.") var operation = Operation.read
  @Option(help: "Commands in millions.") var millions = 5

  func validate() throws {
    guard (1...10_000).contains(millions) else { throw ValidationError("1 to 10000 million commands") }
  }

  func run() throws {
    guard let cores = Cores(writes: operation == .write) else {
      throw ValidationError("the cores refuse the unit of the measurement")
    }
    let passes = millions * 1_000_000 / Cores.batch
    var answered = 0
    // One pass in ten warms up.
    for _ in 0..<passes / 10 { answered += cores.pass() }
    answered = 0
    let start = Self.processorNanoseconds
    for _ in 0..<passes { answered += cores.pass() }
    let elapsed = Self.processorNanoseconds - start
    guard answered == passes * Cores.batch else {
      throw ValidationError("\(answered) commands were answered")
    }
    print(Int((elapsed / Double(answered)).rounded()))
  }

  /// Processor time of this process: what others do on the machine hardly counts.
  private static var processorNanoseconds: Double {
    var now = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now)
    return Double(now.tv_sec) * 1e9 + Double(now.tv_nsec)
  }
}
