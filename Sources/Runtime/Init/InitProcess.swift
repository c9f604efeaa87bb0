import Glibc
import Linux
import SiteConfig

/// PID 1 of the ramdisk: one thread that waits for everything that can happen to the machine.
public final class InitProcess {
  /// What other threads tell it.
  enum Message: Sendable {
    case modules(ModuleReport)
    case lease(link: UInt32, AcquiredAddress?)
    /// Time to ask for a lease once more.
    case reminder(link: UInt32)
    /// A DHCP server besides ours was noticed.
    case otherServer(interface: String)
    /// Everything is flushed, or took too long.
    case stopped
  }

  private static let sitePath = "/etc/iscsi-target-ramdisk.json5"
  /// Seconds that an orderly stop may take.
  private static let patience: Int32 = 60

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
  private let leases: LeaseClient
  private var network: NetworkManager?
  private var appliance: Appliance?
  /// Whether the drivers for everything present at the start are loaded.
  private var isSettled = false
  private var ending: PowerAction?

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
    if SecureBoot.isOn { console.say("Secure Boot is on: only signed drivers are loaded") }
    for problem in problems { console.say("\(problem)") }
    mailbox = try Mailbox()
    kernelEvents = try KernelEventSocket()
    linkMonitor = try LinkMonitor()
    shell = EmergencyShell(console: console)
    leases = LeaseClient(console: console)
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
    case SIGCHLD:
      let ended = ProcessReaper.collect().filter { shell.ended($0) }
      if !ended.isEmpty && isSettled { startSite() }
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
      console.say("\(Screen.countText(count, "driver")) loaded")
      isSettled = true
      powerKeys.refresh()
      startSite()
    case .modules: break
    case .lease(let link, let address): network?.acquired(address, link: link)
    case .reminder(let link): network?.reminded(link: link)
    case .otherServer(let interface): network?.noticedOtherServer(interface: interface)
    case .stopped: goDown()
    }
  }

  private func handleKernelEvents() {
    let (events, isComplete) = kernelEvents.receive()
    for event in events {
      if let alias = event.properties["MODALIAS"], event.action == "add" { modules.request(alias) }
      if event.subsystem == "input" { powerKeys.refresh() }
    }
    if !isComplete || events.contains(where: { $0.subsystem == "block" }) { appliance?.devicesChanged() }
  }

  // MARK: The site

  /// Reads the site and begins to serve it. With errors in it: tells them, and offers a shell to mend them.
  private func startSite() {
    guard appliance == nil else { return }
    do {
      let site = try SiteFile.read(Self.sitePath)
      let (modules, mailbox) = (modules, mailbox)
      var settings = Appliance.Settings()
      settings.loadDriver = { modules.load($0) }
      settings.otherServer = { mailbox.post(.otherServer(interface: $0), limit: 1024) }
      if options.isDebug { settings.logLevel = .debug }
      let appliance = try Appliance(site: site, settings: settings, console: console)
      self.appliance = appliance
      if isSettled { appliance.settled() }
      try startNetwork(site, appliance)
    } catch {
      console.say("the site configuration cannot be used:")
      console.say("\(error)")
      console.say("mend \(Self.sitePath) in a shell: when the shell ends it is read again")
      shell.offer()
    }
  }

  private func startNetwork(_ site: Site, _ appliance: Appliance) throws {
    let (mailbox, console, leases) = (mailbox, console, leases)
    let network = try NetworkManager(
      choice: InterfaceChoice(site.network.interface), plan: NetworkPlan(site: site.network),
      acquire: { leases.acquire($0, timeout: .seconds(site.network.dhcpWait), then: $1) },
      finished: { mailbox.post(.lease(link: $0, $1)) }, remind: { mailbox.post(.reminder(link: $0)) },
      tell: { Self.forward($0, to: appliance, console) })
    self.network = network
    network.refresh()
  }

  private static func forward(_ event: NetworkManager.Event, to appliance: Appliance, _ console: Console) {
    switch event {
    case .configured(let link, let address, let origin):
      console.say(
        "\(link.name): address \(address.address)/\(address.prefixLength) \(text(of: origin))")
      appliance.serve(
        Appliance.Link(
          name: link.name, address: address.address, prefixLength: address.prefixLength,
          hasOtherServer: origin != .fallback))
    case .lost(let name):
      console.say("\(name) is gone")
      appliance.withdraw(interface: name)
    case .observed(let links):
      appliance.show(
        links.map {
          RuntimeStatus.Interface(
            name: $0.name, hardwareAddress: $0.hardwareAddressText, hasLink: $0.hasCarrier)
        })
    case .failed(let error):
      console.say("\(error)")
    }
  }

  private static func text(of origin: NetworkPlan.Origin) -> String {
    switch origin {
    case .lease: "from the network's DHCP server"
    case .fallback: "(no other DHCP server)"
    case .fixed: "from the site configuration"
    }
  }

  // MARK: The end

  /// Stops everything orderly, then the machine. A second request while that lasts changes nothing.
  private func stop(_ action: PowerAction, because reason: String) {
    guard ending == nil else { return }
    ending = action
    console.say("stopping: \(reason)")
    let mailbox = mailbox
    guard let appliance else {
      mailbox.post(.stopped)
      return
    }
    appliance.stop { mailbox.post(.stopped) }
    // A disk that no longer answers must not keep the machine from going down.
    let deadline = Self.patience
    _ = try? ServiceThread(name: "deadline") {
      _ = poll(nil, 0, deadline * 1000)
      mailbox.post(.stopped)
    }
  }

  private func goDown() {
    guard let action = ending else { return }
    if !finishes("sync", within: .seconds(10), { sync() }) {
      console.say("a disk does not answer: what was last written to it may be lost")
    }
    console.say(action == .restart ? "restarting" : "switching off")
    console.drain(timeout: .seconds(3))
    do throws(SystemError) { try stopMachine(action) } catch {
      console.say("\(error)")
      shell.offer()
    }
  }
}
