import ArgumentParser
import HostInstall

struct KernelHookCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernel-hook",
    abstract: "Make the second initramfs images fit the kernels; called when a kernel comes or goes.")

  enum Event: String, ExpressibleByArgument, CaseIterable {
    case add, remove, refresh
  }

  @OptionGroup var common: CommonOptions

  @Argument(help: "What happened: add, remove, or refresh (look at all kernels).")
  var event: Event

  @Argument(help: "Version of the kernel, as uname -r shows it; not with refresh.")
  var version: String?

  func validate() throws {
    guard (event == .refresh) == (version == nil) else {
      throw ValidationError("add and remove take the kernel's version, refresh takes none")
    }
  }

  func run() async throws {
    try common.requireRoot()
    let kernel = version ?? ""
    let happened: KernelEvent =
      switch event {
      case .add: .added(version: kernel)
      case .remove: .removed(version: kernel)
      case .refresh: .changed
      }
    do { _ = try await common.installer().kernelsChanged(happened) } catch let failure as InstallFailure {
      throw Failure(code: failure.exitCode, message: "ramdisk-install: \(failure)")
    }
  }
}
