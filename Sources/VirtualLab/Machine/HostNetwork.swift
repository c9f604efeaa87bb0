import Glibc

/// A network namespace on the host with a switch, into which machines are plugged, so that programs of the host can take
/// part in the machines' network, and only in that.
public struct HostNetwork: Sendable {
  /// Name of the namespace, for `MachineConfiguration.networkNamespace`.
  public let namespace: String

  private static let bridge = "lab0"

  /// Where a machine is plugged in that runs in the namespace.
  func connection(of machine: String) -> NetworkConnection { .tap(interface: "lab-\(machine)") }

  /// Makes the namespace, with `address` (with prefix length) on the switch and a port for each of `machines`, and
  /// removes it at the end.
  ///
  /// - Throws: `LabError.notPermitted` without root.
  public static func with<Value: Sendable>(
    address: String, machines: [String], _ body: @Sendable (HostNetwork) async throws -> Value
  ) async throws -> Value {
    guard geteuid() == 0 else {
      throw LabError(.notPermitted, "a network namespace needs root: run it again with sudo")
    }
    let network = HostNetwork(namespace: "ramdisk-lab-\(getpid())")
    let outcome: Result<Value, any Error>
    do {
      try await HostCommand(["ip", "netns", "add", network.namespace]).run()
      try await network.run(["ip", "link", "set", "lo", "up"])
      try await network.run(["ip", "link", "add", bridge, "type", "bridge"])
      try await network.run(["ip", "address", "add", address, "dev", bridge])
      try await network.run(["ip", "link", "set", bridge, "up"])
      for machine in machines {
        guard case .tap(let port) = network.connection(of: machine) else { continue }
        try await network.run(["ip", "tuntap", "add", "mode", "tap", "name", port])
        try await network.run(["ip", "link", "set", port, "master", bridge, "up"])
      }
      outcome = .success(try await body(network))
    } catch {
      outcome = .failure(error)
    }
    await Task { _ = try? await HostCommand(["ip", "netns", "delete", network.namespace]).run() }.value
    return try outcome.get()
  }

  /// Runs a program in the namespace, however it ends.
  public func result(_ arguments: [String]) async throws -> HostCommand.Result {
    try await HostCommand(["ip", "netns", "exec", namespace] + arguments).result()
  }

  /// Runs a program in the namespace, and throws what it printed where it fails.
  @discardableResult
  public func run(_ arguments: [String]) async throws -> String {
    try await HostCommand(["ip", "netns", "exec", namespace] + arguments).run()
  }
}
