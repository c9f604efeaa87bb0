import CEarlyProc
import Glibc
import Runtime

@main
struct Main {
  static func main() {
    earlyproc_keep()
    guard getpid() == 1 else { return }
    InitProcess.run()
  }
}
