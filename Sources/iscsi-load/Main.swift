import ArgumentParser

/// Loads an iSCSI target and prints what it did per second.
@main
struct ISCSILoad: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "iscsi-load",
    abstract: "Load a logical unit with reads or writes and print commands per second.",
    discussion: "Writes destroy what is on the unit.")

  enum Operation: String, ExpressibleByArgument { case read, write }
  enum Pattern: String, ExpressibleByArgument { case random, sequential }

  @Option(help: "IPv4 address of the target.") var address = "127.0.0.1"
  @Option(help: "TCP port.") var port: UInt16 = 3260
  @Option(help: "iSCSI name of the target.") var target: String
  @Option(help: "Logical unit number.") var lun: Int = 0
  @Option(help: "Name of this initiator.") var initiator = "iqn.2025-01.net.example:iscsi-load"
  @Option(help: "Bytes per command.") var size = 4096
  @Option(help: "Commands outstanding in each session.") var depth = 32
  @Option(help: "read or write.") var operation = Operation.read
  @Option(help: "random or sequential.") var pattern = Pattern.random
  @Option(help: "Seconds to run.") var seconds = 3.0
  @Flag(help: "Header and data digests.") var digests = false
  @Option(help: "none, fua or sync16: FUA in each write, or SYNCHRONIZE CACHE after every 16.")
  var durability = Workload.Durability.none
  @Option(help: "Sessions at once; the rate of each is printed on a line of its own.") var sessions = 1

  func validate() throws {
    guard size > 0, size.isMultiple(of: 512), size <= 1 << 20 else {
      throw ValidationError("the size must be a multiple of 512 up to 1 MiB")
    }
    guard (1...1024).contains(depth) else { throw ValidationError("the depth must be 1 to 1024") }
    guard (0..<256).contains(lun) else { throw ValidationError("the LUN must be 0 to 255") }
    guard (1...1024).contains(sessions) else { throw ValidationError("the sessions must be 1 to 1024") }
    guard seconds > 0 else { throw ValidationError("the time must be more than nothing") }
  }

  func run() throws {
    let workload = Workload(
      size: size, depth: depth, writes: operation == .write, isRandom: pattern == .random,
      durability: durability)
    let loads = try (1...sessions).map { number in
      let connection = try Initiator(
        address: address, port: port, target: target, name: initiator, session: number, digests: digests,
        lun: lun)
      return try Load(workload, on: connection, seed: UInt64(number))
    }
    var all = Sessions(loads)
    for rate in try all.run(seconds: seconds) { print(Int(rate)) }
  }
}

extension Workload.Durability: ExpressibleByArgument {}
