/// Finds GRUB by its configuration.
struct GRUBProbe {
  let root: HostRoot
  let names: DistroProfile.GRUB
  let bls: DistroProfile.BLS?
  /// Scripts whose entries are not the system's.
  var foreign: [String] = []

  /// nil when there is no configuration: the system does not boot by GRUB.
  func facts() -> GRUBFacts? {
    for path in names.configurations {
      guard let text = Files.text(root.resolve(path)) else { continue }
      let directory = Files.parent(path)
      let known = ["i386-pc", "i386-efi", "x86_64-efi", "arm64-efi", "powerpc-ieee1275", "riscv64-efi"]
      let environment = EnvironmentBlock(Files.text(root.resolve(directory + "/grubenv")) ?? "")
      return GRUBFacts(
        configuration: path, sourcesCustom: text.contains("/custom.cfg"),
        entriesDirectory: entries(text),
        platforms: known.filter { Files.isDirectory(root.resolve("\(directory)/\($0)")) },
        commandLine: GRUBConfiguration(system(text)).firstKernelParameters,
        nextEntry: environment?["next_entry"].flatMap { $0.isEmpty ? nil : $0 },
        hasEnvironmentBlock: environment != nil)
    }
    return nil
  }

  /// The configuration without what foreign scripts printed.
  private func system(_ text: String) -> String {
    let bytes = foreign.reduce(Array(text.utf8)) { GRUBSection($1).removed(from: $0) ?? $0 }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The directory of entries that the configuration reads by GRUB's command `blscfg`.
  private func entries(_ configuration: String) -> String? {
    let isRead = configuration.split(separator: "\n").contains { line in
      GRUBConfiguration.words(line).first == "blscfg"
    }
    return isRead ? bls?.entries.first { Files.isDirectory(root.resolve($0)) } : nil
  }
}
