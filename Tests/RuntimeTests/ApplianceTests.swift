import BlockProbe
import FoundationEssentials
import Glibc
import Linux
import SiteConfig
import Testing

@testable import Runtime

/// An appliance in this process: a file as disk, a directory as boot file system, no interface.
@Suite struct ApplianceTests {
  private let directory: String

  init() throws {
    var template = Array("/tmp/appliance-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SystemError(errno: errno, attempt: "make a directory") }
    directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private func run(_ site: Site, _ body: (Appliance, Console, Appliance.Settings) throws -> Void) throws {
    var settings = Appliance.Settings()
    settings.imageDirectory = "\(directory)/images"
    settings.statusSocket = "\(directory)/status.sock"
    settings.loaderDirectories = [directory]
    settings.httpPort = 0
    settings.tftpPort = 0
    settings.diskPatience = .milliseconds(100)
    let console = Console(terminals: [])
    let appliance = try Appliance(site: site, settings: settings, console: console)
    appliance.settled()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let ended = try EventSignal()
    do { try body(appliance, console, settings) } catch {
      appliance.stop { ended.raise() }
      _ = try pollReadable([ended.number], timeout: .seconds(180))
      throw error
    }
    appliance.stop { ended.raise() }
    #expect(try pollReadable([ended.number], timeout: .seconds(180)) == [true])
  }

  private func site(_ luns: [Site.LogicalUnit]) -> Site {
    var site = Site(target: Site.Target(iqn: "iqn.2025-01.org.example:test", luns: luns))
    site.target.port = 0
    return site
  }

  private func wait(_ console: Console, for text: String) throws {
    let deadline = ContinuousClock.now + .seconds(180)
    while !console.recent.contains(where: { $0.hasPrefix(text) }) {
      try #require(ContinuousClock.now < deadline, "no '\(text)' in \(console.recent)")
      usleep(10_000)
    }
  }

  private func makeDisk(_ name: String) throws -> String {
    let path = "\(directory)/\(name)"
    try writeFile(path, [])
    try syscall("extend \(path)") { truncate(path, 8 << 20) }
    return path
  }

  @Test func becomesReadyAndStops() throws {
    try makeDirectories("\(directory)/boot")
    try writeFile("\(directory)/boot/vmlinuz-6.1.0", [1, 2, 3])
    try writeFile("\(directory)/boot/initrd.img-6.1.0", [4, 5, 6])
    var site = site([Site.LogicalUnit(lun: 0, disk: try makeDisk("disk"))])
    site.boot.partition = directory
    site.dhcp.mode = .off
    try run(site) { appliance, console, settings in
      appliance.serve(
        Appliance.Link(name: "lo", address: IPv4Address(127, 0, 0, 1), prefixLength: 8, hasOtherServer: true))
      try wait(console, for: "ready: iqn.2025-01.org.example:test at 127.0.0.1:")
      #expect(console.recent.filter { $0.hasPrefix("ready:") }.count == 1)
      #expect(console.recent.contains("1 kernel found"))
      let report = try StatusSocket.fetch(from: settings.statusSocket)
      let status = try JSONDecoder().decode(RuntimeStatus.self, from: Data(report))
      #expect(status.phase == .ready)
      #expect(status.disks.map(\.state) == [.serving])
      #expect(status.target?.units.count == 1)
      #expect(try StatusSocket.text(of: report).contains("iqn.2025-01.org.example:test"))
    }
  }

  @Test func servesTheRestAndTakesALateDisk() throws {
    let late = "\(directory)/late"
    let site = site([
      Site.LogicalUnit(lun: 0, disk: try makeDisk("first")), Site.LogicalUnit(lun: 1, disk: late),
    ])
    try run(site) { appliance, console, _ in
      appliance.serve(
        Appliance.Link(
          name: "none", address: IPv4Address(127, 0, 0, 1), prefixLength: 8, hasOtherServer: true))
      try wait(console, for: "disk 1 is not served")
      try wait(console, for: "ready:")
      _ = try makeDisk("late")
      appliance.devicesChanged()
      try wait(console, for: "disk 1: \(late)")
      try wait(console, for: "disk 1 is shared, too")
    }
  }

  @Test func sharesOverlaysAndTellsOfThem() throws {
    var site = site([Site.LogicalUnit(lun: 0, disk: try makeDisk("golden"), mode: .overlay)])
    site.target.overlay.limit = 1
    try run(site) { appliance, console, settings in
      appliance.serve(
        Appliance.Link(
          name: "none", address: IPv4Address(127, 0, 0, 1), prefixLength: 8, hasOtherServer: true))
      try wait(console, for: "ready:")
      let socket = settings.statusSocket
      let report = try StatusSocket.fetch(from: socket)
      let status = try JSONDecoder().decode(RuntimeStatus.self, from: Data(report))
      #expect(status.disks.map(\.mode) == ["overlay"])
      #expect(status.disks.map(\.size) == [8 << 20])
      #expect(status.target?.units.first?.overlays == [])
      #expect(try StatusSocket.text(of: report).contains("each machine writes to a layer of its own"))
      #expect(try OverlayControl.list(socket: socket) == "no overlays")
      #expect(try OverlayControl.listJSON(socket: socket) == #"{"units":[{"lun":0,"overlays":[]}]}"#)
      for change in [OverlayControl.commit, OverlayControl.discard] {
        do {
          try change(0, "iqn.a:one", socket)
          Issue.record("there is nothing that could be changed")
        } catch let refusal as OverlayControl.Refusal {
          #expect(refusal.description == "iqn.a:one has no overlay of LUN 0")
        }
      }
      // Several may share the disk like that, but nobody may write to it.
      var writer = DiskSet([Site.LogicalUnit(lun: 0, disk: "\(directory)/golden")])
      let opened = writer.openAvailable { identity throws(DiskIdentityError) in
        try BlockDevices().resolve(identity)
      }
      #expect(opened.isEmpty)
    }
  }

  @Test func aDiskThatGrowsIsTold() throws {
    let path = try makeDisk("disk")
    try run(site([Site.LogicalUnit(lun: 0, disk: path)])) { appliance, console, settings in
      appliance.serve(
        Appliance.Link(
          name: "none", address: IPv4Address(127, 0, 0, 1), prefixLength: 8, hasOtherServer: true))
      try wait(console, for: "ready:")
      try syscall("resize the disk") { truncate(path, 16 << 20) }
      try wait(console, for: "disk 0 has 16.8 MB now")
      let report = try StatusSocket.fetch(from: settings.statusSocket)
      let status = try JSONDecoder().decode(RuntimeStatus.self, from: Data(report))
      #expect(status.disks.map(\.size) == [16 << 20])
    }
  }

  @Test func aSecondInstanceIsToldOff() throws {
    let path = try makeDisk("disk")
    try run(site([Site.LogicalUnit(lun: 0, disk: path)])) { appliance, console, _ in
      appliance.serve(
        Appliance.Link(
          name: "none", address: IPv4Address(127, 0, 0, 1), prefixLength: 8, hasOtherServer: true))
      try wait(console, for: "ready:")
      var disks = DiskSet([Site.LogicalUnit(lun: 0, disk: path)])
      let opened = disks.openAvailable { identity throws(DiskIdentityError) in
        try BlockDevices().resolve(identity)
      }
      #expect(opened.isEmpty)
      #expect(disks.status.first?.state == .failed)
      #expect(disks.status.first?.problem?.contains("in use") == true)
    }
  }
}
