import ArgumentParser
import HostInstall

struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Preflight only: what was detected, and what would hinder an installation.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var payload: PayloadOptions

  func run() async throws {
    try common.requireRoot()
    let installer = try common.installer()
    let plan: Plan
    let isInstalled: Bool
    do {
      plan = try await installer.plan(payload.installOptions)
      isInstalled = Journal.exists(in: installer.root)
    } catch { throw Failure.refused("\(error)") }
    let verdict = PreflightVerdict(findings: plan.findings, isInstalled: isInstalled)
    if common.json {
      Console.output(try JSONText.of(PlanJSON(plan, verdict: verdict.outcome)))
    } else {
      let text = PlanText(plan: plan)
      Console.output("Detected:\n\(text.facts)")
      if !plan.findings.isEmpty { Console.output("\n" + text.findings) }
      if plan.isPossible { Console.output("\nInstalling would:\n\(text.titles)") }
      Console.output("\n" + verdict.text)
    }
    if !plan.isPossible { throw Failure.refused("") }
  }
}

struct BootOnceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "boot-once", abstract: "The next boot, and only that one, goes into the ramdisk.")

  @OptionGroup var common: CommonOptions

  func run() async throws {
    try common.requireRoot()
    do { try await common.installer().bootOnce() } catch let refused as BootOnceRefused {
      throw Failure.refused(refused.description)
    } catch let failure as Failure { throw failure } catch { throw Failure.failed("\(error)") }
    Console.output("The next boot goes into the ramdisk, the one after that is as usual.")
  }
}
