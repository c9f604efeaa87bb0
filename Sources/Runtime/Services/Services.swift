import BlockStore
import BootMenu
import DHCP
import Linux
import Logging
import NetbootHTTP
import SiteConfig
import TFTP
import TargetService

/// The servers of an appliance: iSCSI, DHCP, TFTP and HTTP. Used by the appliance's thread alone.
final class Services {
  private let site: Site
  private let settings: Appliance.Settings
  private let console: Console
  private let post: @Sendable (Appliance.Message) -> Void
  private let board: StatusBoard
  private let loaders: Loaders

  private(set) var links: [Appliance.Link] = []
  /// The disks that are shared, by LUN.
  private var shared: Set<Int> = []
  /// Disks that are shared as soon as nobody is connected.
  private var waiting: [DiskSet.Opened] = []
  private let overlays: OverlayOptions
  private var target: TargetServer?
  private var dhcp: DHCPServer?
  private var tftp: TFTPServer?
  private var http: HTTPTask?

  init(
    site: Site, settings: Appliance.Settings, console: Console, board: StatusBoard,
    post: @escaping @Sendable (Appliance.Message) -> Void
  ) {
    self.site = site
    self.settings = settings
    self.console = console
    self.board = board
    self.post = post
    overlays = OverlayOptions(
      site: site.target.overlay, budget: OverlayBudget(site: site.target.overlay))
    loaders = Loaders(directories: settings.loaderDirectories)
  }

  /// Whether initiators can log in.
  var isListening: Bool { target != nil }

  /// Who has a disk now.
  var sessions: [RuntimeStatus.Session] {
    (target?.status().sessions ?? []).filter { !$0.isDiscovery }
      .map { RuntimeStatus.Session(initiator: $0.initiator, address: $0.address) }
  }

  // MARK: Sharing

  /// Shares the disks: the first time everything begins to listen, later those that are new are added.
  ///
  /// - Throws: when iSCSI cannot be served; the other servers tell their failures to the console.
  func share(_ disks: [DiskSet.Opened], images: BootImages) throws {
    guard target != nil else {
      try startTarget(disks)
      startHelpers(images)
      return
    }
    for disk in disks where shared.insert(disk.unit.lun).inserted { add(disk) }
  }

  /// A session is over: a disk for one writer may have waited for that.
  func sessionEnded() {
    guard !waiting.isEmpty, sessions.isEmpty else { return }
    let disks = waiting
    waiting = []
    for disk in disks { add(disk) }
  }

  /// Shares one more disk, also with those who are connected.
  private func add(_ disk: DiskSet.Opened) {
    do throws(TargetError) {
      try target?.add(unit: .init(disk, overlays: overlays))
      console.say("disk \(disk.unit.lun) is shared, too")
    } catch .severalInitiators {
      waiting.append(disk)
      console.say("disk \(disk.unit.lun) is shared as soon as nobody is connected")
    } catch {
      console.say("disk \(disk.unit.lun) cannot be shared: \(error)")
    }
  }

  private func startTarget(_ disks: [DiskSet.Opened]) throws {
    let post = post
    let server = try TargetServer(
      configuration: TargetConfiguration(site: site.target, disks: disks, overlays: overlays),
      logger: logger("iscsi"),
      events: { post(.target($0)) })
    try server.start()
    target = server
    shared = Set(disks.map(\.unit.lun))
    board.publish(server)
  }

  // MARK: Booting

  /// Offers these kernels from now on.
  func offer(_ images: BootImages) { http?.replace(content(images)) }

  private func startHelpers(_ images: BootImages) {
    let post = post
    attempt("HTTP") {
      http = try HTTPTask(
        content: content(images), port: settings.httpPort, board: board, logger: logger("http"), post: post)
    }
    attempt("TFTP") {
      let server = try TFTPServer(
        files: tftpFiles(), port: settings.tftpPort, logger: logger("tftp"), events: { post(.tftp($0)) })
      try server.start()
      tftp = server
    }
    attempt("DHCP") {
      let server = try DHCPServer(logger: logger("dhcp"), events: { post(.dhcp($0)) })
      for link in links { server.setService(service(on: link), on: link.name) }
      try server.start()
      dhcp = server
    }
    if loaders.files.isEmpty {
      console.say(
        "no boot loaders found in \(settings.loaderDirectories.joined(separator: ", ")): clients cannot netboot"
      )
    }
  }

  private func attempt(_ name: String, _ start: () throws -> Void) {
    do { try start() } catch { console.say("\(name) is not served: \(error)") }
  }

  private func content(_ images: BootImages) -> NetbootContent {
    NetbootContent(site: site, images: images, loaderDirectory: loaders.directory)
  }

  /// The loaders, and the first script for an iPXE that looks for it beside them.
  private func tftpFiles() -> TFTPFileClosure {
    let (site, loaders, port) = (site, loaders, settings.httpPort)
    return TFTPFileClosure { request in
      switch request.path.split(separator: "/").last {
      case "autoexec.ipxe", "boot.ipxe":
        let scripts = BootScripts(
          site: site, entries: [], portalAddress: request.server.description, httpPort: port)
        return Array(scripts.entryScript().utf8)
      case .some(let name): return loaders.files[String(name)]
      case nil: return nil
      }
    }
  }

  // MARK: Interfaces

  /// Serves an interface from now on, or serves it otherwise.
  func add(_ link: Appliance.Link) {
    links.removeAll { $0.name == link.name }
    links.append(link)
    dhcp?.setService(service(on: link), on: link.name)
  }

  func withdraw(_ name: String) {
    links.removeAll { $0.name == name }
    dhcp?.setService(nil, on: name)
  }

  /// `server`, `proxy` or `off`.
  func dhcpMode(of name: String) -> String {
    guard let link = links.first(where: { $0.name == name }) else { return "off" }
    return switch mode(on: link) {
    case .off: "off"
    case .proxy: "proxy"
    case .server: "server"
    }
  }

  func described(_ interface: RuntimeStatus.Interface) -> RuntimeStatus.Interface {
    var interface = interface
    if let link = links.first(where: { $0.name == interface.name }) {
      interface.address = "\(link.address)/\(link.prefixLength)"
      interface.dhcp = dhcpMode(of: link.name)
    }
    return interface
  }

  private func mode(on link: Appliance.Link) -> DHCPService.Mode {
    let pool = { AddressPool(site: self.site.dhcp, address: link.address, prefixLength: link.prefixLength) }
    return switch site.dhcp.mode {
    case .off: .off
    case .proxy: .proxy
    case .server: .server(pool())
    case .auto: link.hasOtherServer ? .proxy : .server(pool())
    }
  }

  private func service(on link: Appliance.Link) -> DHCPService {
    let authority = settings.httpPort == 80 ? "{server}" : "{server}:\(settings.httpPort)"
    return DHCPService(
      mode: mode(on: link), address: link.address,
      bootFiles: BootFiles(
        loaders: loaders.byFirmware, httpPrefix: "http://\(authority)/",
        scriptURL: "http://\(authority)\(BootScripts.Path.entry)"))
  }

  // MARK: The end

  /// Nobody new from now on; then every session ends and every disk is flushed.
  func stop() {
    dhcp?.stop()
    tftp?.stop()
    target?.stop(drain: .seconds(10))
    http?.stop()
    board.publish(nil)
    (dhcp, tftp, http, target) = (nil, nil, nil, nil)
  }

  private func logger(_ label: String) -> Logger {
    let (console, level) = (console, settings.logLevel)
    return Logger(label: label) { ConsoleLogHandler(label: $0, console: console, level: level) }
  }
}
