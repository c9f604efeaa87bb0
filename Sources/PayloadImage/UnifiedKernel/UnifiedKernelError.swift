/// Why no unified kernel image can be made of its parts.
public enum UnifiedKernelError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The stub is no program for UEFI that sections can be added to.
  case stub(String)
  /// The kernel cannot be started by a stub.
  case kernel(String)
  /// The command line holds what a command line cannot.
  case commandLine(String)
  /// A part is too large for the format.
  case tooLarge(String)

  public var description: String {
    switch self {
    case .stub(let problem):
      "the EFI stub cannot be used: \(problem); take linuxx64.efi.stub of systemd-boot-efi"
    case .kernel(let problem): "the kernel cannot be made an EFI program: \(problem)"
    case .commandLine(let problem): "the kernel's command line \(problem)"
    case .tooLarge(let what): "\(what) is too large: a PE file and its parts have less than 2 GiB"
    }
  }
}
