import ArgumentParser
import HostInstall

/// What `install`, `update` and `check` take.
struct PayloadOptions: ParsableArguments {
  @Option(
    name: .customLong("disk"), parsing: .upToNextOption,
    help: ArgumentHelp(
      "Share these disks, in the order of their LUNs; otherwise those that hold the system.", valueName: "DEV"
    ), completion: .file())
  var disks: [String] = []

  @Option(
    help: ArgumentHelp(
      "switch: make dracut the initramfs generator; sidecar: keep a second image, made by dracut, beside the system's own; keep: change no initramfs. Otherwise as installed, or switch where the distribution allows it and dracut can open the root.",
      valueName: "MODE"))
  var initramfs: InstallOptions.InitramfsMode?

  @Option(
    help: ArgumentHelp(
      "payload: the ramdisk's own kernel; host: the system's, which its distribution signed. Otherwise as installed, or host where Secure Boot is on.",
      valueName: "KIND"))
  var kernel: InstallOptions.Kernel?

  @Option(
    name: .customLong("bootloader"),
    help: ArgumentHelp(
      "How to get into the boot menu: auto, grub, grub-script, bls, systemd-boot or efi.", valueName: "KIND"))
  var bootLoader = BootLoaderChoice.auto

  @Option(
    help: ArgumentHelp("Directory with the ramdisk's kernel and segments.", valueName: "DIR"),
    completion: .directory)
  var payload: String?

  @Flag(
    help:
      "Take out the shell version of iSCSI Target Ramdisk where it is found; uninstalling gives it back. Without it, it is left alone, or asked for."
  )
  var replaceShellVersion = false

  /// Where the ramdisk's files are, unless the user says it.
  static func directory(_ chosen: String?) -> String {
    chosen ?? ProgramFiles.directory("payload") ?? "/usr/local/share/iscsi-target-ramdisk/payload"
  }

  var installOptions: InstallOptions {
    var options = InstallOptions(payload: Self.directory(payload))
    options.disks = disks
    options.initramfs = initramfs
    options.kernel = kernel
    options.bootLoader = bootLoader.kind
    options.replacesPredecessor = replaceShellVersion
    return options
  }
}

extension InstallOptions.InitramfsMode: ExpressibleByArgument {}

extension InstallOptions.Kernel: ExpressibleByArgument {}

/// A way into the boot menu, or the best there is.
struct BootLoaderChoice: ExpressibleByArgument {
  /// nil: the best.
  let kind: BootLoaderKind?

  static let auto = BootLoaderChoice(kind: nil)

  static var allValueStrings: [String] { ["auto"] + BootLoaderKind.allCases.map(\.rawValue) }

  var defaultValueDescription: String { kind?.rawValue ?? "auto" }

  init?(argument: String) {
    guard argument != "auto" else {
      self = .auto
      return
    }
    guard let kind = BootLoaderKind(rawValue: argument) else { return nil }
    self.init(kind: kind)
  }

  private init(kind: BootLoaderKind?) { self.kind = kind }
}
