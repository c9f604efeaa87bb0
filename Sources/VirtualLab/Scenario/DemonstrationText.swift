import Synchronization

/// What `ramdisk-install try` tells a person: steps with the time, the machines' consoles, the verdict.
final class DemonstrationText: Sendable {
  let show: @Sendable (String) -> Void
  private let isVerbose: Bool
  private let start = ContinuousClock.now
  private let steps = Atomic<Int>(0)

  /// Lines that tell a person how far things are, of the many that machines print as they start.
  private static let telling: [String: [String]] = [
    "installer": ["["],
    "target": ["ramdiskd: ", "Welcome to GRUB", "Booting", "lab-verdict", "reboot: ", "Welcome to Debian"],
    "initiator": [
      "iPXE 1", "iPXE 2", "net0: ", "http://", "Starting Debian", "Registered", "Username", "/kernel...",
      "/initrd",
      ">>Start PXE", "NBP file", "Welcome to Debian", "lab-verdict", "reboot: ", "refused", "rror",
      "Reached target multi-user", "Reached target remote-fs", "Started iscsid", "Mounted sysroot",
    ],
  ]

  init(isVerbose: Bool, show: @escaping @Sendable (String) -> Void) {
    self.isVerbose = isVerbose
    self.show = show
  }

  var narrator: Narrator { Narrator(step: { self.step($0) }, said: { self.said($0, $1) }) }

  /// A step begins.
  func step(_ text: String) {
    let number = steps.add(1, ordering: .relaxed).newValue
    let seconds = Int((ContinuousClock.now - start).components.seconds)
    let time = "\(seconds / 60):\(seconds % 60 < 10 ? "0" : "")\(seconds % 60)"
    show("\n\(number). \(text)  [\(time)]")
  }

  private func said(_ who: String, _ line: String) {
    let telling = Self.telling[who] ?? []
    guard isVerbose || telling.contains(where: { line.contains($0) }) else { return }
    let name = who + String(repeating: " ", count: max(0, 9 - who.count))
    show("   \(name) │ \(String(line.unicodeScalars.filter { $0.value >= 0x20 }).prefix(160))")
  }

  /// What was seen, in plain words.
  ///
  /// - Parameters:
  ///   - remote: what the initiator's system told; `local`: what the target's own told afterwards.
  ///   - differences: files that are not as they were before the installation.
  func verdict(remote: Verdict, local: Verdict, differences: [String]) {
    let written = local.marks.contains(Laboratory.mark)
    show(
      """

      Verdict
        \(sign(!remote.model.isEmpty)) The initiator, without a disk, ran the target's Debian: root on \(remote.root), \
      disk “\(remote.vendor) \(remote.model)”.
        \(sign(written)) What it wrote \(written ? "is" : "is NOT") on the target's disk; its file system is \(local.state).
        \(sign(differences.isEmpty)) After --uninstall \
      \(differences.isEmpty ? "every file is as it was before." : "some files are not as they were:")
      """)
    for difference in differences.prefix(20) { show("      \(difference)") }
  }

  private func sign(_ good: Bool) -> String { good ? "✔" : "✘" }
}
