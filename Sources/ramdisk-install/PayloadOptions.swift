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
      "switch: make dracut the initramfs generator; keep: change no initramfs.", valueName: "MODE"))
  var initramfs: InstallOptions.InitramfsMode = .switch

  @Option(
    help: ArgumentHelp("Directory with the ramdisk's kernel and segments.", valueName: "DIR"),
    completion: .directory)
  var payload: String?

  /// Where the ramdisk's files are, unless the user says it.
  static func directory(_ chosen: String?) -> String {
    chosen ?? ProgramFiles.directory("payload") ?? "/usr/local/share/iscsi-target-ramdisk/payload"
  }

  var installOptions: InstallOptions {
    var options = InstallOptions(payload: Self.directory(payload))
    options.disks = disks
    options.initramfs = initramfs
    return options
  }
}

extension InstallOptions.InitramfsMode: ExpressibleByArgument {}
