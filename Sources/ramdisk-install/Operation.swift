import HostInstall

/// Installation or update: plan, question, application, verdict.
struct Operation {
  let name: String
  let common: CommonOptions
  let options: InstallOptions
  let yes: Bool
  let dryRun: Bool

  func run() async throws {
    try common.requireRoot()
    let notebook = SecretNotebook()
    let installer = try common.installer(notebook)
    let console = Console(json: common.json)
    if name == "update" && !Journal.exists(in: installer.root) {
      throw Failure.refused("nothing is installed that could be updated: run 'ramdisk-install'")
    }
    if !dryRun { try await recover(installer) }
    let plan = try await self.plan(installer, console)
    show(plan, console)
    if common.json { Console.output(try JSONText.of(PlanJSON(plan))) }
    guard plan.isPossible else { throw Failure.refused("see above. Nothing was changed.") }
    if dryRun { return }
    guard yes || console.confirm("\nDo this?") else {
      console.line("Nothing was changed.")
      throw Failure.declined
    }
    console.line("")
    Interruption.listen()
    do {
      try await installer.apply(plan, operation: name)
    } catch {
      throw Failure(code: error.exitCode, message: "\(error)")
    }
    try verdict(installer, console, notebook)
  }

  private func recover(_ installer: Installer) async throws {
    do { try await installer.recover() } catch { throw Failure(code: 4, message: "\(error)") }
  }

  /// Someone else's ramdisk is replaced only by an administrator who said so, in words or by the option.
  private func plan(_ installer: Installer, _ console: Console) async throws -> Plan {
    do {
      let plan = try await installer.plan(options)
      guard let found = plan.replaceable, plan.isPossible, !options.replacesPredecessor,
        name == "install" && !yes && !dryRun
      else { return plan }
      console.line("Found \(found.name):\n" + found.files.map { "  \($0.path)" }.joined(separator: "\n"))
      let question =
        "Replace it? 'ramdisk-install --uninstall' would give it back; otherwise it is left alone."
      guard console.confirm(question) else { return plan }
      console.line("")
      var options = options
      options.replacesPredecessor = true
      return try await installer.plan(options)
    } catch { throw Failure.refused("\(error)") }
  }

  private func show(_ plan: Plan, _ console: Console) {
    let text = PlanText(plan: plan)
    console.line("Detected:\n\(text.facts)\n")
    if !plan.findings.isEmpty { console.line(text.findings + "\n") }
    if plan.isPossible { console.line("Plan:\n\(text.steps)") }
  }

  private func verdict(_ installer: Installer, _ console: Console, _ notebook: SecretNotebook) throws {
    let status = try installer.status()
    guard status.problems.isEmpty else {
      throw Failure.failed(
        "installed, but not healthy:\n" + status.problems.map { "  - \($0)" }.joined(separator: "\n"))
    }
    let secrets = notebook.lines
    if !secrets.isEmpty {
      console.line(
        "\nWrite these down, they are not shown again:\n" + secrets.map { "  \($0)" }.joined(separator: "\n"))
    }
    console.line(
      """

      Done. What next:
        - Restart and choose "iSCSI Target Ramdisk" in the boot menu, or run 'ramdisk-install boot-once' and restart.
        - Connect the other machine by cable or switch and let it boot from the network.
        - The configuration with all secrets is \(InstalledPaths.site); after an edit run 'ramdisk-install update'.
        - 'ramdisk-install --uninstall' takes everything back.
      """)
  }
}

extension InstallFailure {
  /// As the manual page has it.
  var exitCode: Int32 {
    switch rollback {
    case .nothingDone: 3
    case .complete, .notTried: 1
    case .incomplete: 4
    }
  }
}
