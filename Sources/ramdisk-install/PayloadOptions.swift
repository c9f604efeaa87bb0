import ArgumentParser
import HostInstall

/// What `install`, `update` and `check` take.
struct PayloadOptions: ParsableArguments {
  @Option(
    name: .customLong("disk"), parsing: .upToNextOption,
    help: ArgumentHelp(
      "Share these disks, in the order of their LUNs; otherwise those that hold the system.", valueName: "DEV"
    ))
  var disks: [String] = []

  @Option(
    help: ArgumentHelp(
      "switch: make dracut the initramfs generator; keep: change no initramfs.", valueName: "MODE"))
  var initramfs: InstallOptions.InitramfsMode = .switch

  @Option(
    help: ArgumentHelp(
      "payload: the ramdisk's own kernel; host: the system's, which its distribution signed. Otherwise host where Secure Boot is on.",
      valueName: "KIND"))
  var kernel: InstallOptions.Kernel?

  @Option(
    name: .customLong("bootloader"),
    help: ArgumentHelp(
      "How to get into the boot menu: auto, grub, grub-script, bls, systemd-boot or efi.", valueName: "KIND"))
  var bootLoader = BootLoaderChoice.auto

  @Option(help: ArgumentHelp("Directory with the ramdisk's kernel and segments.", valueName: "DIR"))
  var payload: String?

  var installOptions: InstallOptions {
    var options = InstallOptions(
      payload: payload ?? ProgramFiles.directory("payload") ?? "/usr/local/share/iscsi-target-ramdisk/payload"
    )
    options.disks = disks
    options.initramfs = initramfs
    options.kernel = kernel
    options.bootLoader = bootLoader.kind
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
