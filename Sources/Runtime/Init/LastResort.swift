import Glibc
import Linux

/// What PID 1 does when it could not even start: it says why and gives shells, for ever.
enum LastResort {
  static func run(_ error: any Error) {
    let text =
      "ramdiskd: cannot start: \(error)\r\nramdiskd: switch the machine off, or repair it in this shell\r\n"
    while true { serve(text) }
  }

  // Not inlined: code within a loop that never ends leaks what it allocates (Swift 6.3).
  @inline(never)
  private static func serve(_ text: String) {
    if let console = try? OwnedDescriptor(path: "/dev/console", flags: O_WRONLY | O_NOCTTY) {
      try? writeAll(console.number, Array(text.utf8), to: "the console")
    }
    guard
      let shell = try? spawn(
        EmergencyShell.path, arguments: ["-i"], environment: ["PATH=/sbin:/bin:/usr/sbin:/usr/bin"],
        onTerminal: "/dev/console")
    else {
      sleep(60)
      return
    }
    // Also reaps the orphans that PID 1 inherits.
    while true {
      let ended = wait(nil)
      if ended == shell || (ended < 0 && errno != EINTR) { return }
    }
  }
}
