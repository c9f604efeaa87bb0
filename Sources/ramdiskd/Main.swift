import ArgumentParser
import CEarlyProc
import Glibc
import Runtime

@main
struct Main {
  static func main() {
    earlyproc_keep()
    // As PID 1 whatever the arguments: the kernel hands on the words of its command line that it does not know.
    if getpid() == 1 { InitProcess.run() } else { Ramdiskd.main() }
  }
}

struct Ramdiskd: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ramdiskd",
    abstract: "Shares disks over iSCSI and boots machines from them over the network.",
    subcommands: [Init.self, Serve.self, CheckConfig.self, Status.self, Overlay.self])
}
