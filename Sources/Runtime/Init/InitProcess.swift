import Glibc
import Linux

/// PID 1 of the ramdisk: one thread that waits for everything that can happen to the machine.
public final class InitProcess {
  /// What other threads tell it.
  enum Message: Sendable {
    case modules(ModuleReport)
    case lease(link: UInt32, AcquiredAddress?)
  }

  private static let signals = [SIGCHLD, SIGINT, SIGTERM, SIGPWR, SIGUSR1, SIGUSR2, SIGHUP]

  private let console: Console
  private let options: KernelCommandLine
  private let mailbox: Mailbox<Message>
  private let signals: SignalDescriptor
  private let kernelEvents: KernelEventSocket
  private let linkMonitor: LinkMonitor
  private let powerKeys = PowerKeys()
  private let shell: EmergencyShell
  private let modules: ModuleLoader
  private var network: NetworkManager?

  /// Runs PID 1. Never returns: whatever fails ends in a shell, since the end of PID 1 is a kernel panic.
  ///
  /// Does nothing where it is not PID 1: it would mount over the file systems of a running machine and restart it.
  public static func run() {
    guard getpid() == 1 else { return }
    do {
      let problems = SystemSetup.run()
      let process = try InitProcess(problems: problems)
      try process.start()
      while true { process.serve() }
    } catch {
      LastResort.run(error)
    }
  }

  private init(problems: [SystemError]) throws(SystemError) {
    // Before the first thread: threads inherit which signals are blocked.
    signals = try SignalDescriptor(Self.signals)
    options = KernelCommandLine(readAttribute("/proc/cmdline") ?? "")
    if !options.isDebug { try? setConsoleLogLevel(4) }
    console = Console.kernel()
    console.say("iSCSI Target Ramdisk starts")
    for problem in problems { console.say("\(problem)") }
    mailbox = try Mailbox()
    kernelEvents = try KernelEventSocket()
    linkMonitor = try LinkMonitor()
    shell = EmergencyShell(console: console)
    let release = try kernelRelease()
    let (console, mailbox, isDebug) = (console, mailbox, options.isDebug)
    modules = try ModuleLoader(directory: "/lib/modules/\(release)") { report in
      switch report {
      case .loaded(let path): if isDebug { console.say("loaded \(path)") }
      case .failed(let path, let error): if isDebug { console.say("\(path): \(error)") }
      case .coldplugDone: break
      }
      mailbox.post(.modules(report))
    }
  }

  private func start() throws(SystemError) {
    if options.wantsShell { shell.startEverywhere() }
    console.say("loading drivers (\(modules.available) at hand)")
    try modules.start(always: ["af_packet", "evdev", "button"])
  }

  // Not inlined: code within a loop that never ends leaks what it allocates (Swift 6.3).
  @inline(never)
  private func serve() {
    let keys = powerKeys.descriptors
    let terminals = shell.listening
    let fixed = [signals.number, mailbox.number, kernelEvents.number, linkMonitor.number]
    let descriptors = fixed + keys.map(\.number) + terminals.map(\.number)
    guard let ready = try? pollReadable(descriptors, timeout: nil) else {
      // Out of kernel memory, most likely: give it time.
      _ = poll(nil, 0, 1000)
      return
    }
    if ready[0] { while let signal = signals.next() { handle(signal: signal) } }
    if ready[1] { for message in mailbox.take() { handle(message) } }
    if ready[2] { handleKernelEvents() }
    if ready[3] {
      linkMonitor.drain()
      network?.refresh()
    }
    for (index, key) in keys.enumerated() where ready[fixed.count + index] {
      if powerKeys.wasPressed(key.path) { stop(.powerOff, because: "the power button was pressed") }
    }
    for (index, terminal) in terminals.enumerated() where ready[fixed.count + keys.count + index] {
      shell.typed(on: terminal)
    }
  }

  private func handle(signal: Int32) {
    switch signal {
    case SIGCHLD: for child in ProcessReaper.collect() { _ = shell.ended(child) }
    case SIGINT: stop(.restart, because: "Ctrl-Alt-Del was pressed")
    case SIGTERM: stop(.restart, because: "a restart was asked for")
    case SIGPWR: stop(.powerOff, because: "the power fails")
    case SIGUSR1, SIGUSR2: stop(.powerOff, because: "switching off was asked for")
    default: break
    }
  }

  private func handle(_ message: Message) {
    switch message {
    case .modules(.coldplugDone(let count)):
      console.say("\(count) drivers loaded")
      powerKeys.refresh()
      startNetwork()
    case .modules: break
    case .lease(let link, let address): network?.acquired(address, link: link)
    }
  }

  private func handleKernelEvents() {
    for event in kernelEvents.receive().events {
      if let alias = event.properties["MODALIAS"], event.action == "add" { modules.request(alias) }
      if event.subsystem == "input" { powerKeys.refresh() }
    }
  }

  private func startNetwork() {
    let (mailbox, console) = (mailbox, console)
    do throws(SystemError) {
      network = try NetworkManager(
        choice: InterfaceChoice("auto"),
        plan: NetworkPlan(
          mode: .fixed, fallback: AcquiredAddress(address: IPv4Address(192, 168, 200, 1), prefixLength: 24)),
        acquire: { _ in nil }, finished: { mailbox.post(.lease(link: $0, $1)) },
        tell: { console.say("\($0)") })
      network?.refresh()
    } catch {
      console.say("\(error)")
    }
  }

  private func stop(_ action: PowerAction, because reason: String) {
    console.say("stopping: \(reason)")
    sync()
    console.say("\(action.rawValue)")
    console.drain(timeout: .seconds(3))
    do throws(SystemError) { try stopMachine(action) } catch { console.say("\(error)") }
  }
}
