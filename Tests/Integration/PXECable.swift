import DHCP
import Glibc
import Linux
import Logging
import Subprocess
import Synchronization
import TFTP
import Testing

/// Two hosts joined by a cable, each a network namespace of its own; the interface is `cable0` in both,
/// a name that no host has: a socket opened in the wrong namespace by mistake fails instead of serving the host's network.
///
/// The server's side has 192.168.77.1/24, the client's side has no address.
final class PXECable: Sendable {
  static let serverAddress = IPv4Address(192, 168, 77, 1)

  /// Where `besideDnsmasq` puts the other DHCP server.
  static let otherServerAddress = IPv4Address(192, 168, 77, 254)

  let server: String
  let client: String
  private static let count = Atomic<Int>(0)

  private init() {
    let number = PXECable.count.add(1, ordering: .relaxed).newValue
    server = "pxe\(getpid())n\(number)s"
    client = "pxe\(getpid())n\(number)c"
  }

  /// Lays the cable, runs `body`, and takes it away again, whatever happens.
  static func with<Result: Sendable>(_ body: (PXECable) async throws -> Result) async throws -> Result {
    let cable = PXECable()
    do {
      try await cable.lay()
      let result = try await body(cable)
      await cable.remove()
      return result
    } catch {
      await cable.remove()
      throw error
    }
  }

  private func lay() async throws {
    for name in [server, client] { try await PXECable.command("ip", "netns", "add", name) }
    try await PXECable.command(
      "ip", "-n", server, "link", "add", "cable0", "type", "veth", "peer", "cable0", "netns", client)
    for name in [server, client] {
      for link in ["lo", "cable0"] { try await PXECable.command("ip", "-n", name, "link", "set", link, "up") }
    }
    try await PXECable.command("ip", "-n", server, "address", "add", "192.168.77.1/24", "dev", "cable0")
  }

  private func remove() async {
    for name in [server, client] { _ = try? await PXECable.command("ip", "netns", "delete", name) }
  }

  /// Runs a program to its end and returns what it said on both outputs.
  @discardableResult
  static func command(_ program: String, _ arguments: String..., allowFailure: Bool = false) async throws
    -> String
  {
    let result = try await run(
      .name(program), arguments: Arguments(arguments), output: .string(limit: 1 << 20),
      error: .combinedWithOutput)
    let text = result.standardOutput
    if !allowFailure {
      try #require(
        result.terminationStatus == .exited(0), "\(program) \(arguments.joined(separator: " ")): \(text)")
    }
    return text
  }

  /// Runs a shell command on the client's side.
  @discardableResult
  func onClient(_ script: String, allowFailure: Bool = false) async throws -> String {
    try await PXECable.command(
      "ip", "netns", "exec", client, "sh", "-c", script, allowFailure: allowFailure)
  }

  /// Runs `body` in a thread inside a namespace; what it opens and the threads it starts stay in there.
  func inside<Result: Sendable>(
    _ namespace: String, _ body: @escaping @Sendable () throws -> Result
  ) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      do {
        _ = try ServiceThread(name: "netns") {
          continuation.resume(
            with: Swift.Result { try PXECable.enter(namespace) }.flatMap { _ in
              Swift.Result { try body() }
            })
        }
      } catch {
        continuation.resume(throwing: error)
      }
    }
  }

  private static func enter(_ namespace: String) throws {
    let descriptor = try OwnedDescriptor(path: "/run/netns/\(namespace)", flags: O_RDONLY)
    // Glibc's module does not show setns; only tests need it.
    let symbol = try #require(dlsym(nil, "setns"))
    let setns = unsafeBitCast(symbol, to: (@convention(c) (Int32, Int32) -> Int32).self)
    try syscall("enter \(namespace)") { setns(descriptor.number, 0) }
  }

  /// Runs `body` beside a program on one side of the cable, and ends the program.
  func beside<Result: Sendable>(
    _ program: String, _ arguments: [String], on namespace: String,
    _ body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    let everything = ["netns", "exec", namespace, program] + arguments
    return try await withThrowingTaskGroup(of: Result?.self) { group in
      group.addTask {
        _ = try await run(
          .name("ip"), arguments: Arguments(everything), output: .discarded, error: .discarded)
        return nil
      }
      group.addTask { try await body() }
      defer { group.cancelAll() }
      while let result = try await group.next() {
        if let result { return result }
        // The program ended by itself: it may have refused its arguments; what body then finds is the verdict.
      }
      throw CancellationError()
    }
  }
}

extension PXECable {
  enum Place {
    /// In the server's stead.
    case server
    /// On a bridge at the client's end.
    case clientBridge
  }

  /// Runs `body` while dnsmasq is the network's DHCP server.
  func besideDnsmasq<Result: Sendable>(
    at place: Place, _ body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    let (namespace, interface) = place == .server ? (server, "cable0") : (client, "br0")
    try await PXECable.command(
      "ip", "-n", namespace, "address", "add", "192.168.77.254/24", "dev", interface)
    if place == .server {
      // Else dnsmasq calls itself by the first address.
      try await PXECable.command(
        "ip", "-n", namespace, "address", "delete", "192.168.77.1/24", "dev", interface)
      try await PXECable.command(
        "ip", "-n", namespace, "address", "replace", "192.168.77.254/24", "dev", interface)
    }
    let arguments = [
      "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--user=root", "--pid-file=",
      "--leasefile-ro", "--interface=\(interface)", "--dhcp-authoritative",
      "--dhcp-range=192.168.77.50,192.168.77.60,255.255.255.0,2m",
      "--dhcp-option=option:router,192.168.77.254",
      "--dhcp-option=option:dns-server,192.168.77.253,192.168.77.252",
      "--dhcp-option=option:ntp-server,192.168.77.251", "--domain=lab.example",
    ]
    return try await beside("dnsmasq", arguments, on: namespace, body)
  }
}

/// Waits until `condition` holds; fails the test after `seconds`.
func eventually(
  within seconds: Int = 20, _ what: Comment, _ condition: () async throws -> Bool
) async throws {
  let limit = ContinuousClock.now + .seconds(seconds)
  while try await !condition() {
    try #require(ContinuousClock.now < limit, what)
    try await Task.sleep(for: .milliseconds(20))
  }
}

/// Collects what callbacks report.
final class Recorder<Element: Sendable>: Sendable {
  private let content = Mutex<[Element]>([])
  var all: [Element] { content.withLock { $0 } }
  func add(_ element: Element) { content.withLock { $0.append(element) } }
}

extension BootFiles {
  static let sample = BootFiles(
    loaders: [.bios: "undionly.kpxe", .x64: "snponly.efi", .arm64: "snponly-arm64.efi"],
    scriptURL: "http://{server}/boot.ipxe?mac={mac}")
}
