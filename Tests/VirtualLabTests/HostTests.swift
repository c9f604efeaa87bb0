import Testing

@testable import VirtualLab

@Suite struct HostTests {
  @Test func aCommandsOutputAndStatusComeBack() async throws {
    let result = try await HostCommand(["sh", "-c", "echo out; echo err >&2; cat; exit 3"]).result(
      input: "in\n")
    #expect(result.status == 3)
    #expect(Set(result.output.split(separator: "\n")) == ["out", "err", "in"])
  }

  @Test func aFailureSaysWhatWasPrinted() async throws {
    let error = await #expect(throws: LabError.self) {
      try await HostCommand(["sh", "-c", "echo why; false"]).run()
    }
    #expect(error?.code == .commandFailed)
    #expect(error?.message.contains("why") == true)
  }

  @Test func aMissingProgramIsNamed() async throws {
    let error = await #expect(throws: LabError.self) { try await HostCommand(["no-such-program-here"]).run() }
    #expect(error?.code == .missingProgram)
    #expect(error?.message.contains("no-such-program-here") == true)
  }

  @Test func aWorkspaceIsGoneAfterwards() async throws {
    let path = try await Workspace.with { workspace in
      try HostFile.write("x", to: workspace.file("a"))
      return workspace.path
    }
    #expect(!HostFile.exists(path))
  }

  @Test func aWorkspaceIsGoneAfterAFailure() async throws {
    let error = await #expect(throws: LabError.self) {
      try await Workspace.with { throw LabError(.unexpected, $0.path) }
    }
    #expect(error.map { HostFile.exists($0.message) } == false)
  }

  @Test func aGuardedProcessEndsWithItsBody() async throws {
    try await Workspace.with { workspace in
      let pidFile = workspace.file("pid")
      let process = try await GuardedProcess.with(
        ["sh", "-c", "echo $$ > \(pidFile).new; mv \(pidFile).new \(pidFile); exec sleep 600"],
        log: workspace.file("log")
      ) {
        let pid = try await Deadline(after: .seconds(180)).poll {
          HostFile.exists(pidFile) ? try HostFile.read(pidFile) : nil
        }
        return String(try #require(pid).dropLast())
      }
      #expect(!HostFile.exists("/proc/\(process)"))
    }
  }

  @Test func aGuardedProcessEndsWhenItsTaskIsCancelled() async throws {
    try await Workspace.with { workspace in
      let pidFile = workspace.file("pid")
      let task = Task {
        try await GuardedProcess.with(
          ["sh", "-c", "echo $$ > \(pidFile).new; mv \(pidFile).new \(pidFile); exec sleep 600"],
          log: workspace.file("log")
        ) { try await Task.sleep(for: .seconds(600)) }
      }
      let pid = try #require(
        try await Deadline(after: .seconds(180)).poll {
          HostFile.exists(pidFile) ? try HostFile.read(pidFile) : nil
        })
      task.cancel()
      _ = await task.result
      // It got its signal together with the shell that watches it, so nobody waited for it.
      let process = "/proc/\(pid.dropLast())"
      let isGone = try await Deadline(after: .seconds(180)).poll { HostFile.exists(process) ? nil : true }
      #expect(isGone == true)
    }
  }
}
