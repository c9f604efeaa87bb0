import BlockProbe
import BootMenu
import Linux
import SiteConfig

/// The state of an `Appliance`, used by its thread alone.
final class ApplianceCore {
  typealias Instant = ContinuousClock.Instant

  let site: Site
  let settings: Appliance.Settings
  let console: Console
  let post: @Sendable (Appliance.Message) -> Void
  let devices = BlockDevices()

  var status = RuntimeStatus()
  var disks: DiskSet
  /// The open disks, in the order in which they were opened.
  var opened: [DiskSet.Opened] = []
  var images = BootImages()
  /// Whether the boot file system was read, or cannot be any more.
  var isBootDone = false
  var services: Services
  private let board = StatusBoard()
  private let endOfStatus: EventSignal
  private var statusThread: ServiceThread?

  /// When missing disks are no longer waited for; nil until the machine has settled.
  private var deadline: Instant?
  /// When to look at the disks: events come in bursts.
  private var lookAt: Instant?
  /// What people were last told is missing.
  var reported: Set<String> = []
  /// Whether the screen lacks something: events are shown together, since drawing takes longer than causing one.
  var hasNews = false
  private(set) var isFinished = false

  init(
    site: Site, settings: Appliance.Settings, console: Console,
    post: @escaping @Sendable (Appliance.Message) -> Void
  ) throws(SystemError) {
    endOfStatus = try EventSignal()
    self.site = site
    self.settings = settings
    self.console = console
    self.post = post
    disks = DiskSet(site.target.luns)
    services = Services(site: site, settings: settings, console: console, board: board, post: post)
    status.iqn = site.target.iqn
    status.port = site.target.bootPortal(near: "").port
  }

  func begin() {
    do throws(SystemError) {
      let board = board
      statusThread = try StatusSocket.serve(at: settings.statusSocket, stop: endOfStatus) { board.answer($0) }
    } catch {
      console.say("'ramdiskd status' and 'ramdiskd overlay' will not work: \(error)")
    }
    lookAt = .now
    refreshStatus()
  }

  /// Until `tick` has something to do; nil: only messages matter.
  var timeout: Duration? {
    let next = [lookAt, status.phase == .starting ? deadline : nil].compactMap { $0 }.min()
    return next.map { $0 - .now }
  }

  func tick() {
    guard status.phase != .stopping else { return }
    let now = Instant.now
    let isOverdue = status.phase == .starting && deadline.map { $0 <= now } ?? false
    if isOverdue || lookAt.map({ $0 <= now }) ?? false {
      lookAt = nil
      if isOverdue { deadline = nil }
      lookAtDisks(isOverdue: isOverdue || (deadline == nil && hasSettled))
    }
  }

  private var hasSettled = false

  func handle(_ message: Appliance.Message) {
    switch message {
    case .devicesChanged:
      // Until the burst of events is over, but not for ever.
      if lookAt == nil { lookAt = .now + .milliseconds(300) }
    case .settled:
      hasSettled = true
      deadline = .now + settings.diskPatience
      lookAt = .now
    case .interfaces(let interfaces):
      status.interfaces = interfaces.map { services.described($0) }
      refreshStatus()
    case .serve(let link): serve(link)
    case .withdraw(let name): services.withdraw(name)
    case .target(let event): handle(event)
    case .dhcp(let event): handle(event)
    case .tftp(let event): handle(event)
    case .http(let event): handle(event)
    case .httpEnded(let reason):
      if status.phase != .stopping { console.say("the HTTP server ended: \(reason ?? "unknown")") }
    case .stop(let done):
      stop()
      done()
    }
  }

  /// Shows the present state on screen and to `ramdiskd status`.
  func refreshStatus() {
    hasNews = false
    status.disks = disks.status
    status.bootEntries = images.entries.map(\.title)
    status.sessions = services.sessions
    status.events = console.recent
    console.show(status)
    board.publish(status)
  }

  /// Shows what events brought since the last time.
  func showNews() {
    if hasNews { refreshStatus() }
  }

  private func serve(_ link: Appliance.Link) {
    services.add(link)
    for index in status.interfaces.indices {
      status.interfaces[index] = services.described(status.interfaces[index])
    }
    if status.phase == .ready {
      console.say("also at \(link.address), dhcp \(services.dhcpMode(of: link.name))")
    }
    announceIfReady()
    refreshStatus()
  }

  /// The one line that says that initiators can boot: the target listens and there is an address.
  func announceIfReady() {
    guard status.phase == .starting, services.isListening, let link = services.links.first else { return }
    status.phase = .ready
    status.url = "http://\(link.address)\(settings.httpPort == 80 ? "" : ":\(settings.httpPort)")/"
    // Who reads the line finds the status like that.
    refreshStatus()
    let portal = site.target.bootPortal(near: "\(link.address)")
    console.say(
      "ready: \(site.target.iqn) at \(portal), \(Screen.countText(opened.count, "disk")), "
        + "dhcp \(services.dhcpMode(of: link.name))")
    if let memory = SystemMemory.current {
      console.say("memory: \(Screen.sizeText(memory.used)) of \(Screen.sizeText(memory.total)) in use")
    }
  }

  private func stop() {
    status.phase = .stopping
    refreshStatus()
    for session in services.sessions {
      console.say("still connected: \(session.initiator) from \(session.address)")
    }
    services.stop()
    if !opened.isEmpty { console.say("all disks are flushed") }
    opened = []
    refreshStatus()
    endOfStatus.raise()
    statusThread?.join()
    isFinished = true
  }
}
