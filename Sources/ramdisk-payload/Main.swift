import ArgumentParser

@main
struct RamdiskPayload: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ramdisk-payload",
    abstract: "Builds what the boot entry starts: kernel, runtime and modules of the ramdisk.",
    subcommands: [Build.self, WriteSite.self, Inspect.self])
}
