import Testing

@testable import HostInstall

/// A kernel that comes while another run is at work does not stay without its second image.
@Suite struct KernelEventTests {
  private static let new = FakePrograms.newKernel
  private static let image = "/boot/iscsi-target-ramdisk/sidecar-\(new).img"

  /// Lets a kernel come when a command is run for the first time.
  private final class Meanwhile: CommandRunner {
    let programs: FakePrograms
    let command: String
    let body: @Sendable () async throws -> Void
    private let counter = PlaceCounter()

    init(_ programs: FakePrograms, _ command: String, _ body: @escaping @Sendable () async throws -> Void) {
      self.programs = programs
      self.command = command
      self.body = body
    }

    func run(_ command: Command) async throws -> CommandResult {
      if command.arguments.first == self.command, counter.pass(self.command) == 1 { try await body() }
      return try await programs.run(command)
    }
  }

  private static func addKernel(to system: FakeSystem) throws {
    try system.write("/boot/vmlinuz-\(new)", "kernel")
    try system.write("/boot/initrd.img-\(new)", "initramfs-tools image")
    try system.write("/lib/modules/\(new)/modules.builtin", "kernel/fs/ext4/ext4.ko\n")
  }

  private func notes(_ system: FakeSystem) throws -> [KernelEvent] {
    try KernelEvents(root: system.root).all().map(\.event)
  }

  private func installer(_ system: FakeSystem, _ runner: any CommandRunner) throws -> Installer {
    let profiles = try Installation.profiles(system)
    return Installer(
      root: system.root, profiles: profiles, detector: { system.detector(profiles) }, runner: runner,
      firmware: system.firmware, report: { _ in })
  }

  private func options(_ system: FakeSystem) -> InstallOptions {
    var options = InstallOptions(payload: system.payload)
    options.initramfs = .sidecar
    return options
  }

  /// Of the first installation, too, whose packages may bring a kernel along.
  @Test(arguments: ["install", "update"]) func theRunAtWorkSeesToIt(operation: String) async throws {
    let system = try FakeSystem()
    if operation == "update" { try await Installation(system).install(initramfs: .sidecar) }
    let hook = try Installation(system)
    let runner = Meanwhile(FakePrograms(system), "lsinitrd") {
      try Self.addKernel(to: system)
      #expect(try await !hook.installer.kernelsChanged(.added(version: Self.new)))
    }
    let working = try installer(system, runner)
    try await working.apply(working.plan(options(system)), operation: operation)
    #expect(system.text(Self.image)?.hasPrefix("dracut image") == true)
    #expect(
      hook.events.all.contains { if case .note(let text) = $0 { text.contains("its end") } else { false } })
    #expect(try notes(system) == [])
    #expect(try working.status().problems == [])
  }

  @Test func aRunThatFailsSeesToItAllTheSame() async throws {
    let system = try FakeSystem()
    try await Installation(system).install(initramfs: .sidecar)
    try system.makePayload(version: "2", byte: 2)
    let runner = Meanwhile(FakePrograms(system), "grub-script-check") {
      try Self.addKernel(to: system)
      #expect(try await !Installation(system).installer.kernelsChanged(.added(version: Self.new)))
      throw CommandFailure(command: Command(["grub-script-check"]), result: CommandResult(status: 1))
    }
    let working = try installer(system, runner)
    let failure = await #expect(throws: InstallFailure.self) {
      try await working.apply(working.plan(options(system)), operation: "update")
    }
    #expect(failure?.rollback == .complete)
    #expect(Files.exists(system.path(Self.image)))
    #expect(try notes(system) == [])
  }

  @Test func afterAnInterruptedRunTheNextSeesToIt() async throws {
    let system = try FakeSystem()
    try await Installation(system).install(initramfs: .sidecar)
    try system.makePayload(version: "2", byte: 2)
    let faults = FaultPoints { if $0.hasPrefix("wrote ") { throw SimulatedKill() } }
    do { try await Installation(system, faults: faults).install("update") } catch {}
    try Self.addKernel(to: system)
    let next = try Installation(system)
    #expect(try await !next.installer.kernelsChanged(.added(version: Self.new)))
    #expect(try notes(system) == [.added(version: Self.new)])
    #expect(try next.installer.status().problems.contains { $0.hasPrefix("a kernel came or went") })
    try await next.install("update", initramfs: .sidecar)
    #expect(Files.exists(system.path(Self.image)))
    #expect(try notes(system) == [])
    #expect(try next.installer.status().problems == [])
  }

  @Test func aHookThatWasKilledIsMendedByTheNext() async throws {
    var number = 1
    while true {
      let system = try FakeSystem()
      try await Installation(system).install(initramfs: .sidecar)
      try Self.addKernel(to: system)
      let (faults, counter) = killing(at: number)
      let hook = try Installation(system, faults: faults)
      do { _ = try await hook.installer.kernelsChanged(.added(version: Self.new)) } catch {}
      let next = try Installation(system)
      _ = try await next.installer.kernelsChanged(.changed)
      let place = "killed at place \(number): \(counter.name(number))"
      #expect(Files.exists(system.path(Self.image)), "\(place)")
      #expect(try notes(system) == [], "\(place)")
      #expect(try next.installer.status().problems == [], "\(place)")
      if counter.count < number { break }
      number += 1
    }
    #expect(number > 5)
  }

  @Test func whatMendsAnInterruptedRunIsACommandThatDoes() async throws {
    let system = try FakeSystem()
    try await Installation(system).install(initramfs: .keep)
    try system.write("/boot/grub/grubenv", EnvironmentBlock.signature + "####")
    let faults = FaultPoints { if $0.hasPrefix("announced") { throw SimulatedKill() } }
    do { try await Installation(system, faults: faults).installer.bootOnce() } catch {}
    let next = try Installation(system)
    #expect(try next.installer.status().interrupted == "boot-once")
    let refused = await #expect(throws: BootOnceRefused.self) { try await next.installer.bootOnce() }
    #expect(refused?.remedy == "run 'ramdisk-install update' first")
    try await next.installer.recover()
    #expect(try next.installer.status().interrupted == nil)
  }

  @Test func whoeverHoldsTheLockIsNotDisturbed() async throws {
    let system = try FakeSystem()
    let before = try system.state()
    let installation = try Installation(system)
    try await installation.install(initramfs: .sidecar)
    do {
      let journal = try Journal(root: system.root)
      #expect(try await !installation.installer.kernelsChanged(.removed(version: FakeSystem.kernels[0])))
      try journal.requireReachable()
    }
    #expect(try notes(system) == [.removed(version: FakeSystem.kernels[0])])
    // The next hook acts upon both, in their order.
    #expect(try await installation.installer.kernelsChanged(.added(version: FakeSystem.kernels[0])))
    #expect(try notes(system) == [])
    #expect(try installation.installer.status().problems == [])

    try KernelEvents(root: system.root).add(.changed)
    #expect(try await installation.installer.uninstall() == [])
    #expect(try system.changes(since: before) == [])
  }
}
