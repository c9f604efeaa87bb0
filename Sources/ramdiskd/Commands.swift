import ArgumentParser
import Linux
import Runtime

struct Init: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "PID 1 of the ramdisk; not for a running system.")

  func run() throws {
    throw ValidationError(
      "'init' is what the kernel starts as PID 1 of the ramdisk. On a running system use 'ramdiskd serve'.")
  }
}

struct Serve: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Serve a site as an ordinary process, until SIGTERM.")

  @Option(
    help: ArgumentHelp("The site configuration.", valueName: "FILE"), completion: .file(extensions: ["json5"])
  )
  var config: String

  @Option(help: ArgumentHelp("TCP port of menu and status page.", valueName: "PORT"))
  var httpPort: UInt16 = 80

  @Option(help: ArgumentHelp("Directory with the iPXE loaders.", valueName: "DIR"), completion: .directory)
  var loaders: String?

  @Option(help: ArgumentHelp("Directory in RAM for the kernels.", valueName: "DIR"), completion: .directory)
  var images: String?

  @Option(help: ArgumentHelp("Where 'ramdiskd status' asks.", valueName: "PATH"), completion: .file())
  var socket = StatusSocket.usualPath

  func run() throws {
    let site = try SiteFile.read(config)
    var settings = Appliance.Settings()
    settings.httpPort = Int(httpPort)
    settings.statusSocket = socket
    if let loaders { settings.loaderDirectories = [loaders] }
    if let images { settings.imageDirectory = images }
    try ServeProcess.run(site, settings: settings)
  }
}

struct CheckConfig: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check-config", abstract: "Tell every error in a site configuration.")

  @Argument(
    help: ArgumentHelp("The site configuration.", valueName: "FILE"), completion: .file(extensions: ["json5"])
  )
  var file: String

  func run() throws {
    let site = try SiteFile.read(file)
    let count = site.target.luns.count
    print("\(file) is valid: \(site.target.iqn), \(count) \(count == 1 ? "disk" : "disks")")
    for remark in site.remarks { print("remark: \(remark)") }
  }
}

struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "What the running instance does: disks, initiators, network boot clients.")

  @Flag(help: "As JSON.")
  var json = false

  @Flag(help: "As text for Prometheus, as /metrics on the HTTP server.")
  var metrics = false

  @Option(help: ArgumentHelp("Socket of the instance.", valueName: "PATH"), completion: .file())
  var socket = StatusSocket.usualPath

  func validate() throws {
    if json && metrics { throw ValidationError("Choose one of --json and --metrics.") }
  }

  func run() throws {
    let report: [UInt8]
    do throws(SystemError) { report = try StatusSocket.fetch(from: socket) } catch {
      throw NoAnswer(reason: error)
    }
    if json {
      print(String(decoding: report, as: UTF8.self))
    } else if metrics {
      print(try StatusSocket.metrics(of: report), terminator: "")
    } else {
      print(try StatusSocket.text(of: report))
    }
  }
}

/// No instance runs, or not where it was looked for.
struct NoAnswer: Error, CustomStringConvertible {
  let reason: SystemError

  var description: String {
    "no ramdiskd answers: \(reason). Start one with 'ramdiskd serve', or name its socket with --socket"
  }
}
