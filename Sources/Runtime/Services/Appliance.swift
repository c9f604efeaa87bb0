import BlockProbe
import DHCP
import Linux
import Logging
import NetbootHTTP
import SiteConfig
import Synchronization
import TFTP
import TargetService

/// A running site: shares its disks and boots its clients, in step with disks and interfaces that come and go.
///
/// One thread of its own decides and does everything that may block; others only send it messages.
public final class Appliance: Sendable {
  /// How it fits into the machine.
  public struct Settings: Sendable {
    /// Where kernels are kept: a directory in RAM.
    public var imageDirectory = "/run/ramdiskd/images"
    public var loaderDirectories = Loaders.usualDirectories
    public var httpPort = 80
    public var tftpPort: UInt16 = 69
    public var statusSocket = "/run/ramdiskd.sock"
    /// How long disks that are missing are waited for before the others are served without them.
    public var diskPatience: Duration = .seconds(10)
    /// Loads a kernel module by name, blocking; nothing where the machine loads them by itself.
    public var loadDriver: @Sendable (String) -> Void = { _ in }
    /// Told of a DHCP server besides ours on an interface.
    public var otherServer: @Sendable (_ interface: String) -> Void = { _ in }

    /// What the services log on the console besides their events.
    public var logLevel = Logger.Level.warning

    public init() {}
  }

  /// An interface to serve DHCP on.
  public struct Link: Hashable, Sendable {
    public var name: String
    public var address: IPv4Address
    public var prefixLength: Int
    /// Whether another DHCP server gives out addresses there, as far as it is known: where nobody has looked, it does.
    public var hasOtherServer: Bool

    public init(name: String, address: IPv4Address, prefixLength: Int, hasOtherServer: Bool) {
      self.name = name
      self.address = address
      self.prefixLength = prefixLength
      self.hasOtherServer = hasOtherServer
    }
  }

  enum Message: Sendable {
    /// Disks may have come or gone.
    case devicesChanged
    /// Everything present at the start has been found.
    case settled
    case interfaces([RuntimeStatus.Interface])
    case serve(Link)
    case withdraw(interface: String)
    case target(TargetEvent)
    case dhcp(DHCPEvent)
    case tftp(TFTPEvent)
    case http(NetbootEvent)
    case httpEnded(String?)
    case stop(done: @Sendable () -> Void)

    /// How many may wait before this one is dropped: single packets of strangers cause some of them, faster than they
    /// can be told.
    var limit: Int {
      switch self {
      case .dhcp, .tftp, .http: 1024
      default: .max
      }
    }
  }

  /// Messages in a row; then it is looked whether to stop, and what happened is shown.
  private static let burst = 64

  private let mailbox: Mailbox<Message>

  /// Starts its thread; serving begins when there are disks.
  public init(site: Site, settings: Settings, console: Console) throws(SystemError) {
    let mailbox = try Mailbox<Message>()
    self.mailbox = mailbox
    _ = try ServiceThread(name: "appliance") {
      let core: ApplianceCore
      do throws(SystemError) {
        core = try ApplianceCore(
          site: site, settings: settings, console: console, post: { mailbox.post($0, limit: $0.limit) })
      } catch {
        console.say("nothing can be served: \(error)")
        return
      }
      core.begin()
      while !core.isFinished {
        _ = try? pollReadable([mailbox.number], timeout: core.timeout)
        for message in mailbox.take(atMost: Self.burst) where !core.isFinished { core.handle(message) }
        core.tick()
        core.showNews()
      }
    }
  }

  /// A block device has come, gone or changed.
  public func devicesChanged() { mailbox.post(.devicesChanged) }

  /// Every driver for the hardware present is loaded: missing disks are waited for from now on, not longer.
  public func settled() { mailbox.post(.settled) }

  /// The interfaces in use, for people to see.
  public func show(_ interfaces: [RuntimeStatus.Interface]) { mailbox.post(.interfaces(interfaces)) }

  /// An interface has an address: serve there.
  public func serve(_ link: Link) { mailbox.post(.serve(link)) }

  public func withdraw(interface: String) { mailbox.post(.withdraw(interface: interface)) }

  /// Stops orderly: nobody new, who is connected is told to the console, all disks are flushed; then calls `done`.
  public func stop(_ done: @escaping @Sendable () -> Void) {
    mailbox.post(.stop(done: done), isUrgent: true)
  }
}
