import Glibc
import Linux
import Testing

@testable import HostInstall

/// The process is killed at every place where it could matter; the next run must put everything right.
@Suite struct KillTests {
  @Test(arguments: BootLoaderKind.allCases)
  func anInstallationKilledAnywhereIsTakenBackByUninstall(_ loader: BootLoaderKind) async throws {
    try await atEveryPlace {
      try FakeSystem(loader)
    } run: { system, faults in
      let before = try system.state()
      do { try await Installation(system, faults: faults).install() } catch {}
      let installation = try Installation(system)
      let kept = Journal.exists(in: system.root) ? try await installation.installer.uninstall() : []
      return try kept + system.changes(since: before)
    }
  }

  @Test(arguments: BootLoaderKind.allCases)
  func anInstallationKilledAnywhereIsCompletedByTheNext(_ loader: BootLoaderKind) async throws {
    try await atEveryPlace {
      try FakeSystem(loader)
    } run: { system, faults in
      let before = try system.state()
      do { try await Installation(system, faults: faults).install() } catch {}
      let next = try Installation(system)
      try await next.installer.recover()
      try await next.install()
      let problems = try next.installer.status().problems
      _ = try await next.installer.uninstall()
      return try problems + system.changes(since: before)
    }
  }

  @Test(arguments: BootLoaderKind.allCases)
  func anUninstallationKilledAnywhereIsFinishedByTheNext(_ loader: BootLoaderKind) async throws {
    try await atEveryPlace {
      try FakeSystem(loader)
    } run: { system, faults in
      let before = try system.state()
      try await Installation(system).install()
      let killed = try Installation(system, faults: faults)
      do { _ = try await killed.installer.uninstall() } catch {}
      if Journal.exists(in: system.root) { _ = try await Installation(system).installer.uninstall() }
      return try system.changes(since: before)
    }
  }

  @Test(arguments: BootLoaderKind.allCases)
  func anUpdateKilledAnywhereKeepsTheInstallation(_ loader: BootLoaderKind) async throws {
    try await atEveryPlace {
      try FakeSystem(loader)
    } run: { system, faults in
      let before = try system.state()
      try await Installation(system).install()
      let installed = try system.state()
      try system.makePayload(version: "2", byte: 2)
      do { try await Installation(system, faults: faults).install("update") } catch {}
      let next = try Installation(system)
      let wasInterrupted = try await next.installer.recover() != nil
      let changed = try system.changes(since: installed).filter { !$0.hasPrefix(Journal.directory) }
      let half = wasInterrupted ? changed : []
      _ = try await next.installer.uninstall()
      return try half + system.changes(since: before)
    }
  }

  @Test(arguments: BootLoaderKind.allCases)
  func anInstallationThatFailsAnywhereIsTakenBackAtOnce(_ loader: BootLoaderKind) async throws {
    var number = 1
    while true {
      let system = try FakeSystem(loader)
      let before = try system.state()
      let counter = PlaceCounter()
      let wanted = number
      let faults = FaultPoints { name in
        if counter.pass(name) == wanted { throw SystemError(errno: ENOSPC, attempt: "write in a test") }
      }
      var failure: InstallFailure?
      do { try await Installation(system, faults: faults).install() } catch let error as InstallFailure {
        failure = error
      }
      // After its end there is nothing left that could fail.
      guard counter.count >= number, counter.name(number) != "ended" else { break }
      #expect(failure?.rollback == .complete, "\(loader), failed at place \(number): \(counter.name(number))")
      #expect(
        try system.changes(since: before) == [],
        "\(loader), failed at place \(number): \(counter.name(number))")
      #expect(!Journal.exists(in: system.root))
      number += 1
    }
    #expect(number > 10)
  }
}
