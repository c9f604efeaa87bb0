import CEarlyProc
import Runtime

@main
struct Main {
  static func main() {
    earlyproc_keep()
    InitProcess.run()
  }
}
