/// The keys by which UEFI verifies what it starts (Secure Boot).
public enum KnownKeys: Sendable {
  /// Those of most PCs; distributions' shims are signed with them.
  case microsoft
  /// One whose private half everybody has: it comes with OVMF.
  case snakeoil

  /// Firmware variables with these keys enrolled.
  var variableTemplates: [String] {
    switch self {
    case .microsoft: ["/usr/share/OVMF/OVMF_VARS_4M.ms.fd", "/usr/share/edk2/ovmf/OVMF_VARS.secboot.fd"]
    case .snakeoil: ["/usr/share/OVMF/OVMF_VARS_4M.snakeoil.fd"]
    }
  }
}
