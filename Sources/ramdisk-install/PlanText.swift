import HostInstall

/// A plan as a person reads it.
struct PlanText {
  let plan: Plan

  var facts: String {
    let facts = plan.facts
    var rows: [(String, String)] = [
      ("system", facts.distribution.name + (facts.root == "/" ? "" : " in \(facts.root)")),
      ("boot loader", bootLoader),
      ("menu entry by", choice),
      (
        "initramfs",
        facts.initramfs.generator.rawValue
          + (facts.initramfs.dracutVersion.map { ", dracut \($0) installed" } ?? "")
      ),
      ("kernels", facts.kernels.map(\.version).joined(separator: ", ")),
      ("root", describe(facts.rootFileSystem)),
      ("boot", describe(facts.bootFileSystem) + ", kernels in \(facts.bootPath)"),
    ]
    for (number, disk) in facts.disks.enumerated() {
      rows.append(
        (
          "LUN \(number)",
          "\(disk.path), \(size(disk.size))\(disk.model.map { ", " + $0 } ?? ""), \(disk.identity ?? "not to be told from others")"
        ))
    }
    if let found = facts.predecessor { rows.append(("found as well", found.name)) }
    rows.append(("command line", facts.commandLine))
    rows.append(("Secure Boot", facts.secureBoot.rawValue))
    return rows.map { row(name: $0.0, value: $0.1.isEmpty ? "none" : $0.1) }.joined(separator: "\n")
  }

  /// What refuses comes first.
  var findings: String {
    let order: [Finding.Severity] = [.refusal, .warning, .note]
    return order.flatMap { severity in plan.findings.filter { $0.severity == severity } }.map { finding in
      let head = finding.severity == .refusal ? "refused: " : "\(finding.severity.rawValue): "
      return head + finding.text + (finding.remedy.map { "\n    what helps: \($0)" } ?? "")
    }.joined(separator: "\n")
  }

  var steps: String {
    plan.steps.enumerated().map { number, step in
      (["  \(number + 1). \(step.title)"] + step.details.map { "       \($0)" }).joined(separator: "\n")
    }.joined(separator: "\n")
  }

  /// The steps without their details.
  var titles: String {
    plan.steps.enumerated().map { "  \($0 + 1). \($1.title)" }.joined(separator: "\n")
  }

  /// A long value, as a kernel's command line is, goes on below its beginning.
  private func row(name: String, value: String) -> String {
    var lines = [""]
    for word in value.split(separator: " ") {
      if lines[lines.count - 1].count + word.count >= 100, !lines[lines.count - 1].isEmpty {
        lines.append("")
      }
      lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : " ") + word
    }
    return "  \(name.padded(13)) " + lines.joined(separator: "\n" + String(repeating: " ", count: 16))
  }

  private var bootLoader: String {
    var found: [String] = []
    if let grub = plan.facts.grub {
      let platforms = grub.platforms.isEmpty ? "no modules in /boot" : grub.platforms.joined(separator: ", ")
      found.append("GRUB (\(platforms)), \(grub.configuration)")
    }
    if let loader = plan.facts.systemdBoot { found.append("systemd-boot, \(loader.entries)") }
    found += plan.facts.otherBootLoaders.map { "\($0.name), \($0.configuration)" }
    return found.isEmpty ? "none found" : found.joined(separator: "; ")
  }

  /// The way that is taken, and why.
  private var choice: String {
    guard let selection = plan.bootLoaders, let kind = selection.kind else { return "" }
    let candidate = selection.candidates.first { $0.kind == kind }
    return kind.rawValue + (candidate.map { ": \($0.reason)" } ?? "")
  }

  private func describe(_ fileSystem: FileSystemFacts?) -> String {
    guard let fileSystem else { return "unknown" }
    return [fileSystem.device, fileSystem.type, fileSystem.identity].compactMap { $0 }.joined(separator: ", ")
  }

  private func size(_ bytes: UInt64) -> String {
    bytes >= 10 << 30 ? "\(bytes >> 30) GiB" : "\(bytes >> 20) MiB"
  }
}

extension String {
  fileprivate func padded(_ width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}

/// A plan as programs read it.
struct PlanJSON: Encodable {
  struct Step: Encodable {
    var id: String
    var title: String
    var details: [String]
  }

  /// Version of this format; a change that programs could trip over makes it 2.
  var formatVersion = 1
  var possible: Bool
  /// `possible`, `refused` or `installed`; only of `check`.
  var verdict: PreflightVerdict.Outcome?
  var facts: HostFacts
  var findings: [Finding]
  /// The way into the boot menu that is taken; nil when there is none.
  var bootLoader: BootLoaderKind?
  var bootLoaders: [BootLoaderSelection.Candidate]
  var steps: [Step]

  init(_ plan: Plan, verdict: PreflightVerdict.Outcome? = nil) {
    self.verdict = verdict
    possible = plan.isPossible
    facts = plan.facts
    findings = plan.findings
    bootLoader = plan.bootLoaders?.kind
    bootLoaders = plan.bootLoaders?.candidates ?? []
    steps = plan.steps.map { Step(id: $0.id, title: $0.title, details: $0.details) }
  }
}
