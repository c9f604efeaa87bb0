import CEarlyProc

@main
struct Main {
  static func main() {
    earlyproc_keep()
  }
}
