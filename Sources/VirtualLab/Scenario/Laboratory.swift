/// A sample disk, the two machines that use it, and what is done with them: the steps that `ramdisk-install try` shows
/// and the end-to-end tests check.
public struct Laboratory: Sendable {
  public let firmware: Firmware
  public let product: Product
  public let disk: SampleDisk
  public let workspace: Workspace
  let accelerator: Accelerator
  let narrator: Narrator

  /// How long things may take. Emulated machines on a busy host are some forty times slower than real ones.
  private static let patience = Duration.seconds(420)

  /// Sets a laboratory up, with a new sample disk, and calls `body`.
  ///
  /// - Parameters:
  ///   - cache: directory that keeps the base system between runs.
  ///   - keep: where its files are left; nil removes them.
  ///   - logs: where the machines' logs are left; nil keeps none.
  public static func with<Value: Sendable>(
    firmware: Firmware, layout: SampleDisk.Layout = SampleDisk.Layout(), product: Product, cache: String,
    keptAt keep: String? = nil,
    logsAt logs: String? = nil, narrator: Narrator,
    _ body: @Sendable (Laboratory) async throws -> Value
  ) async throws -> Value {
    try await Workspace.with(keptAt: keep, logsAt: logs) { workspace in
      narrator.step("Make a disk with Debian \(layout.release), bootable by BIOS and by UEFI")
      let disk = try await SampleDisk.make(
        at: workspace.file("disk.img"), layout, cache: cache, in: workspace)
      let accelerator = try await Accelerator.detect()
      return try await body(
        Laboratory(
          firmware: firmware, product: product, disk: disk, workspace: workspace, accelerator: accelerator,
          narrator: narrator))
    }
  }

  // MARK: On the disk

  /// Runs `ramdisk-install`, once for each list of arguments: on the disk, as on the mounted system of a machine that is switched off, or, where the
  /// layout asks for it, in the system itself, which then got the programs by `copyPrograms`.
  ///
  /// - Returns: what it printed.
  @discardableResult
  public func runInstaller(_ arguments: [String]...) async throws -> String {
    if disk.layout.isInstalledRunning { return try await runInstallerLocally(arguments).printed }
    return try await disk.mounted(in: workspace) { mounted in
      var output = ""
      for command in arguments {
        output += try await mounted.run([product.installer] + command + ["--root", mounted.root]) {
          narrator.said("installer", $0)
        }
      }
      return output
    }
  }

  /// Installs the product into the disk's system, and chooses the ramdisk for the next boot.
  ///
  /// - Parameter options: more options of `ramdisk-install install`.
  /// - Returns: what was printed, `ramdisk-install status` last.
  public func install(_ options: [String] = []) async throws -> (accounts: Accounts, printed: String) {
    let command = ["ramdisk-install"] + options + (disk.layout.isInstalledRunning ? [] : ["--root"])
    narrator.step(
      "Install the ramdisk on that disk, and choose it for the next boot only: `\(command.joined(separator: " "))`, `ramdisk-install boot-once`"
    )
    let payload = disk.layout.isInstalledRunning ? [] : ["--payload", product.payload]
    let printed = try await runInstaller(["install", "--yes"] + payload + options, ["boot-once"], ["status"])
    return (try Accounts(printed: printed), printed)
  }

  /// Takes the product off the disk's system again.
  public func uninstall() async throws {
    narrator.step("Take it off again: `ramdisk-install --uninstall`")
    try await runInstaller(["--uninstall", "--yes"])
  }

  /// Starts the target from its own disk and takes the product off: in the running system where the layout asks for it,
  /// else when it is switched off again.
  ///
  /// - Returns: how the system was booted before.
  public func bootLocallyAndUninstall() async throws -> Verdict {
    guard disk.layout.isInstalledRunning else {
      let verdict = try await bootLocally()
      try await uninstall()
      return verdict
    }
    return try await runInstallerLocally([["status"], ["--uninstall", "--yes"]]).verdict
  }

  /// Checks the disk's file systems without changing them.
  ///
  /// - Throws: `LabError` where one is not clean.
  public func checkFileSystem() async throws {
    narrator.step("Check the disk's file system, changing nothing: fsck -n")
    try await disk.check(in: workspace)
  }

  // MARK: In the machines

  /// Starts the machine that owns the disk, by its own boot loader.
  public func withTarget<Value: Sendable>(
    network: HostNetwork? = nil, _ body: @Sendable (VirtualMachine) async throws -> Value
  ) async throws -> Value {
    var machine = MachineConfiguration(name: "target", firmware: firmware, address: "52:54:00:00:00:01")
    machine.keys = disk.layout.isSigned ? .microsoft : nil
    machine.disks = [disk.path]
    machine.network = network?.connection(.target) ?? .cable(path: cable, listens: true)
    machine.networkNamespace = network?.namespace
    return try await run(machine, body)
  }

  /// Starts a machine without a disk, at the other end of the cable, by its firmware's own network boot.
  public func withInitiator<Value: Sendable>(
    network: HostNetwork? = nil, _ body: @Sendable (VirtualMachine) async throws -> Value
  ) async throws -> Value {
    var machine = MachineConfiguration(name: "initiator", firmware: firmware, address: "52:54:00:00:00:02")
    machine.memory = 1536
    machine.network = network?.connection(.initiator) ?? .cable(path: cable, listens: false)
    machine.networkNamespace = network?.namespace
    return try await run(machine, body)
  }

  /// Starts the target from its own disk, waits for Debian, and switches it off.
  @discardableResult
  public func bootLocally() async throws -> Verdict {
    try await withTarget { target in
      let shell = try await waitForSystem(target)
      try shell.powerOff()
      try await target.waitUntilOff(within: .seconds(240))
      return shell.verdict
    }
  }

  /// File in /var/lib/lab that the initiator writes and the target finds.
  public static let mark = "written-over-iscsi"

  /// Waits until the ramdisk serves.
  public func waitForRamdisk(_ target: VirtualMachine) async throws {
    let outcome = try await target.console.wait(
      forOneOf: ["ramdiskd: ready: ", "press Enter for a shell"], within: Laboratory.patience)
    guard outcome.index == 0 else {
      let said = target.console.lastLines(8).joined(separator: "\n  ")
      throw LabError(.unexpected, "the ramdisk cannot serve:\n  \(said)")
    }
  }

  /// Logs in at the menu and starts its default entry.
  public func bootFromMenu(_ initiator: VirtualMachine, _ accounts: Accounts) async throws -> DebianShell {
    try await waitForLogin(initiator)
    try await logIn(initiator, user: accounts.menuUser, password: accounts.menuPassword)
    try await initiator.console.wait(for: "Linux on the shared disk", within: Laboratory.patience)
    narrator.step("Start the menu's default entry: the kernel on the target's disk")
    try initiator.console.send("\r")
    return try await waitForSystem(initiator)
  }

  /// Waits until iPXE asks who is there.
  public func waitForLogin(_ initiator: VirtualMachine) async throws {
    try await initiator.console.wait(for: "Username", within: Laboratory.patience)
  }

  /// Types user and password into iPXE's form.
  public func logIn(_ initiator: VirtualMachine, user: String, password: String) async throws {
    // Painted last.
    try await initiator.console.wait(for: "discard changes", within: .seconds(30))
    try await initiator.console.type("\(user)\t\(password)\r")
  }

  /// Waits until Debian has come up; opens its root where it asks for the passphrase.
  public func waitForSystem(_ machine: VirtualMachine) async throws -> DebianShell {
    if let passphrase = disk.passphrase {
      // By cryptsetup's script for initramfs-tools, or by systemd.
      try await machine.console.wait(
        for: "Please (unlock disk|enter passphrase for disk) .*:", within: Laboratory.patience)
      try await machine.console.type("\(passphrase)\r")
    }
    return try await DebianShell.wait(on: machine.console, within: Laboratory.patience)
  }

  /// Presses the power button of the machine that runs the ramdisk, and waits for the orderly end.
  public func switchOff(_ target: VirtualMachine) async throws {
    narrator.step("Press the target's power button")
    try await target.pressPowerButton()
    try await target.console.wait(for: "all disks are flushed", within: .seconds(120))
    try await target.waitUntilOff(within: .seconds(120))
  }

  /// The cable between the two machines.
  private var cable: String { workspace.file("cable") }

  private func run<Value: Sendable>(
    _ machine: MachineConfiguration, _ body: @Sendable (VirtualMachine) async throws -> Value
  ) async throws -> Value {
    try await VirtualMachine.with(
      machine, accelerator: accelerator, in: workspace, onLine: { narrator.said(machine.name, $0) }, body)
  }
}
