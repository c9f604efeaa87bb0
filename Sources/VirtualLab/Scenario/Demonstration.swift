import Dispatch
import Glibc

/// `ramdisk-install try`: the whole product shown at work in two virtual machines, for a person.
public struct Demonstration: Sendable {
  public var firmware: Firmware
  public var product: Product
  /// Directory that keeps the base system between runs.
  public var cache: String
  /// Where disk and logs are left; nil removes them.
  public var keep: String?
  /// Show everything that the machines say.
  public var isVerbose: Bool

  public init(
    firmware: Firmware, product: Product, cache: String, keep: String? = nil, isVerbose: Bool = false
  ) {
    self.firmware = firmware
    self.product = product
    self.cache = cache
    self.keep = keep
    self.isVerbose = isVerbose
  }

  /// Shows it. Nothing is left behind, also after Ctrl-C.
  ///
  /// - Parameter show: takes each line for the person.
  /// - Throws: `LabError`; `CancellationError` after Ctrl-C.
  public func run(show: @escaping @Sendable (String) -> Void) async throws {
    guard geteuid() == 0 else {
      throw LabError(
        .notPermitted,
        "the sample disk is filled through a loop device, which needs root: run it again with sudo")
    }
    try await Requirements.check()
    let task = Task { try await perform(DemonstrationText(isVerbose: isVerbose, show: show)) }
    let signals = [SIGINT, SIGTERM, SIGHUP].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number)
      source.setEventHandler {
        show("\nStopping: machines off, files removed ...")
        task.cancel()
      }
      source.resume()
      return source
    }
    defer { for source in signals { source.cancel() } }
    try await task.value
  }

  private func perform(_ text: DemonstrationText) async throws {
    text.show(
      "Two virtual machines, joined by a cable: the target, with a disk, and the initiator, without any.\n")
    try await Laboratory.with(
      firmware: firmware, product: product, cache: cache, keptAt: keep, narrator: text.narrator
    ) { laboratory in
      let before = try await laboratory.fingerprint()
      let accounts = try await laboratory.install().accounts
      let remote = try await netboot(laboratory, accounts, text)
      try await laboratory.checkFileSystem()

      text.step("Start the target from its own disk, as if nothing had been")
      let local = try await laboratory.bootLocally()
      try await laboratory.uninstall()
      let differences = DiskFingerprint.differences(from: before, to: try await laboratory.fingerprint())
      text.verdict(remote: remote, local: local, differences: differences)
    }
  }

  private func netboot(
    _ laboratory: Laboratory, _ accounts: Accounts, _ text: DemonstrationText
  ) async throws -> Verdict {
    text.step("Switch the target on: its own boot loader starts the ramdisk")
    return try await laboratory.withTarget { target in
      try await laboratory.waitForRamdisk(target)
      text.step("Switch the initiator on: its firmware boots from the network")
      let verdict = try await laboratory.withInitiator { initiator in
        let shell = try await laboratory.bootFromMenu(initiator, accounts)
        text.step("The initiator runs the Debian on the target's disk: write a file, then switch it off")
        try await shell.run("echo 'written over iSCSI' > /var/lib/lab/\(Laboratory.mark) && sync")
        try shell.powerOff()
        try await initiator.waitUntilOff(within: .seconds(240))
        return shell.verdict
      }
      try await laboratory.switchOff(target)
      return verdict
    }
  }
}
