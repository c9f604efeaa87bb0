/// A machine with the sample system as an initiator of a target that runs on the host.
extension Laboratory {
  /// Installs packages of the distribution into the disk's system, and a program of ours.
  ///
  /// - Parameter script: text of `/usr/local/sbin/NAME`.
  public func equip(with packages: [String], script name: String, _ script: String) async throws {
    narrator.step("Install \(packages.joined(separator: ", ")) on the disk")
    try await MountedDisk.with(disk, in: workspace) { mounted in
      try await mounted.mountSystemDirectories()
      try await mounted.chroot(
        [
          "sh", "-c",
          """
          set -e
          printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d
          chmod +x /usr/sbin/policy-rc.d
          apt-get --quiet update
          DEBIAN_FRONTEND=noninteractive apt-get --quiet --yes --no-install-recommends install "$@"
          rm /usr/sbin/policy-rc.d
          apt-get clean
          """, "sh",
        ] + packages)
      try HostFile.write(script, to: mounted.hostPath("/usr/local/sbin/\(name)"))
      try await mounted.chroot(["chmod", "755", "/usr/local/sbin/\(name)"])
    }
  }

  /// Starts the machine with the disk on the host's network.
  public func withEquipped<Value: Sendable>(
    network: HostNetwork, _ body: @Sendable (DebianShell) async throws -> Value
  ) async throws -> Value {
    try await withTarget(network: network) { machine in
      let shell = try await waitForSystem(machine)
      let value = try await body(shell)
      try shell.powerOff()
      try await machine.waitUntilOff(within: .seconds(240))
      return value
    }
  }
}
