import ArgumentParser
import Linux
import Runtime

struct Overlay: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "What initiators wrote where disks are shared with mode overlay.",
    subcommands: [List.self, Commit.self, Discard.self])

  struct Instance: ParsableArguments {
    @Option(help: ArgumentHelp("Socket of the instance.", valueName: "path"))
    var socket = StatusSocket.usualPath
  }

  struct Choice: ParsableArguments {
    @Option(help: ArgumentHelp("The LUN.", valueName: "number"))
    var lun = 0

    @Argument(help: "Name of the initiator, as 'overlay list' shows it.")
    var initiator: String
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Every overlay of the running instance.")

    @Flag(help: "As JSON.")
    var json = false

    @OptionGroup var instance: Instance

    func run() throws {
      try asking(instance.socket) {
        print(try json ? OverlayControl.listJSON(socket: $0) : OverlayControl.list(socket: $0))
      }
    }
  }

  struct Commit: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write what an initiator wrote to the disk, for good. Nobody may use the disk meanwhile.")

    @OptionGroup var choice: Choice
    @OptionGroup var instance: Instance

    func run() throws {
      try asking(instance.socket) {
        try OverlayControl.commit(lun: choice.lun, initiator: choice.initiator, socket: $0)
      }
      print("LUN \(choice.lun) has what \(choice.initiator) wrote")
    }
  }

  struct Discard: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Forget what an initiator wrote.")

    @OptionGroup var choice: Choice
    @OptionGroup var instance: Instance

    func run() throws {
      try asking(instance.socket) {
        try OverlayControl.discard(lun: choice.lun, initiator: choice.initiator, socket: $0)
      }
      print("what \(choice.initiator) wrote to LUN \(choice.lun) is gone")
    }
  }
}

private func asking(_ socket: String, _ body: (String) throws -> Void) throws {
  do { try body(socket) } catch let error as SystemError {
    throw ValidationError("no ramdiskd answers at \(socket): \(error)")
  }
}
