import Glibc

/// The script is written, and the configuration generated beside the one in use, looked at, and put in its place.
struct GRUBScriptStep: InstallStep {
  let context: BootLoaderContext

  let id = "grub-script"
  var title: String { "Add the entry \"iSCSI Target Ramdisk\" to GRUB's generated menu" }
  var details: [String] {
    [script, "\(context.facts.grub?.configuration ?? ""): generated anew, checked, exchanged"]
  }

  private var script: String { (context.profile.grub?.scripts ?? "") + "/" + GRUBScriptLoader.name }

  func apply(_ step: StepContext) async throws {
    guard let grub = context.facts.grub, let names = context.profile.grub else { return }
    let entry = context.grubEntry(hasPrevious: context.hasPrevious(InstalledPaths.payloadDirectory))
    try step.transaction.write(script, Array(GRUBScriptStep.text(entry).utf8), mode: 0o755)
    let change = try step.transaction.announce(grub.configuration)
    let generator = GRUBGenerator(root: step.root, runner: step.runner, names: names)
    let temporary = try await generator.generate(grub.configuration, wantsOurs: true)
    try step.transaction.faults.reach("generated \(grub.configuration)")
    try step.transaction.exchange(grub.configuration, by: temporary, change: change)
  }

  /// The script prints the entry as it is.
  static func text(_ entry: GRUBEntry) -> String {
    """
    #!/bin/sh
    # Written by ramdisk-install; 'ramdisk-install update' writes it anew.
    cat <<'END_OF_RAMDISK_INSTALL'
    \(entry.text)END_OF_RAMDISK_INSTALL

    """
  }
}

/// Makes a configuration of GRUB without touching the one in use.
struct GRUBGenerator {
  let root: HostRoot
  let runner: any CommandRunner
  let names: DistroProfile.GRUB

  /// Generates what `configuration` would be, beside it.
  ///
  /// - Returns: the real path of the new file, which has the mode and owner of the one in use.
  /// - Throws: `CommandFailure`, and `UnfitMenu` where an entry of the system would be lost.
  func generate(_ configuration: String, wantsOurs: Bool) async throws -> String {
    let real = root.resolve(configuration)
    try AtomicFile.removeTemporary(for: real)
    let temporary = AtomicFile.temporaryPath(for: configuration) + ".\(getpid())"
    // grub-mkconfig writes into a file that is there and leaves its mode alone.
    try AtomicFile.copy(
      real, to: root.resolve(temporary), AtomicFile.Metadata(FileImage(of: real)), flushed: false)
    do {
      try await runner.succeed(Command.filled(names.make ?? [], ["file": [temporary]]))
      try await runner.succeed(Command.filled(names.check, ["file": [temporary]]))
      let old = GRUBMenu(Files.text(real) ?? "")
      let new = GRUBMenu(Files.text(root.resolve(temporary)) ?? "")
      let missing = old.missing(in: new)
      guard missing.isEmpty, new.hasOurs == wantsOurs else {
        throw UnfitMenu(configuration: configuration, missing: missing)
      }
    } catch {
      try AtomicFile.removeTemporary(for: real)
      throw error
    }
    return root.resolve(temporary)
  }
}

/// A generated menu would not do.
public struct UnfitMenu: Error, Hashable, Sendable, CustomStringConvertible {
  public let configuration: String
  /// Entries of the system that it lacks.
  public let missing: [String]

  public var description: String {
    missing.isEmpty
      ? "what was generated for \(configuration) is not as it should be with regard to the ramdisk's entry: "
        + "see what the scripts in /etc/grub.d print"
      : "what was generated for \(configuration) lacks entries that are in it now, so it was changed by hand: "
        + missing.joined(separator: "; ")
  }
}
