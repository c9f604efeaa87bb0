/// How QEMU runs a guest's instructions.
public enum Accelerator: Sendable {
  /// The processor's own virtualisation.
  case kvm
  /// Emulation: works everywhere, some ten times slower.
  case emulation

  var arguments: [String] {
    switch self {
    case .kvm: ["-accel", "kvm", "-cpu", "host"]
    case .emulation: ["-accel", "tcg,thread=multi", "-cpu", "max"]
    }
  }

  /// The fastest that works here, found by really starting a machine: /dev/kvm may open and yet run no guest.
  public static func detect() async throws -> Accelerator {
    guard HostFile.exists("/dev/kvm") else { return .emulation }
    let attempt = try await HostCommand(
      [
        "timeout", "5", "qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none",
        "-debugcon", "stdio", "-no-reboot",
      ] + Accelerator.kvm.arguments
    ).result()
    return attempt.output.contains("No bootable device") ? .kvm : .emulation
  }
}
