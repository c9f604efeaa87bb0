import Glibc

/// A switch in a network namespace of the host, so that programs there can take part in the machines' network, and only
/// in that.
public struct HostNetwork: Sendable {
  /// Name of the namespace, for `MachineConfiguration.networkNamespace`.
  public let namespace: String

  private static let bridge = "lab0"

  /// The ends of the switch that machines are plugged into.
  public enum Port: String, CaseIterable, Sendable {
    case target
    case initiator
  }

  /// For a machine that runs in the namespace.
  public func connection(_ port: Port) -> NetworkConnection { .tap(interface: port.rawValue) }

  /// Makes the namespace, with `address` (with prefix length) on the switch, and removes it at the end.
  ///
  /// - Throws: `LabError.notPermitted` without root.
  public static func with<Value: Sendable>(
    address: String, _ body: @Sendable (HostNetwork) async throws -> Value
  ) async throws -> Value {
    guard geteuid() == 0 else {
      throw LabError(.notPermitted, "a network namespace needs root: run it again with sudo")
    }
    let network = HostNetwork(namespace: "ramdisk-lab-\(getpid())")
    let outcome: Result<Value, any Error>
    do {
      try await HostCommand(["ip", "netns", "add", network.namespace]).run()
      try await network.run(["ip", "link", "add", "name", bridge, "type", "bridge"])
      for port in Port.allCases {
        try await network.run(["ip", "tuntap", "add", "mode", "tap", "name", port.rawValue])
        try await network.run(["ip", "link", "set", port.rawValue, "master", bridge, "up"])
      }
      try await network.run(["ip", "address", "add", address, "dev", bridge])
      try await network.run(["ip", "link", "set", "lo", "up"])
      try await network.run(["ip", "link", "set", bridge, "up"])
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

  /// Runs a program in the namespace as long as `body` runs.
  ///
  /// - Parameter log: file that takes what it prints.
  public func with<Value: Sendable>(
    program arguments: [String], log: String, _ body: () async throws -> Value
  ) async throws -> Value {
    try await GuardedProcess.with(["ip", "netns", "exec", namespace] + arguments, log: log, body)
  }
}
