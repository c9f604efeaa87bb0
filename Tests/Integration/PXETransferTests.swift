import Glibc
import Linux
import Logging
import TFTP
import Testing

/// The TFTP server against clients that nobody here wrote.
@Suite struct PXETransferTests {
  /// Not the same in any two blocks, so that a block out of place shows.
  private static func content(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
  }

  private static let sizes = [0, 1, 511, 512, 513, 1427, 1428, 1429, 100_000, 1_000_000]

  private static func serve(
    _ cable: PXECable, _ files: [String: [UInt8]], _ events: Recorder<TFTPEvent> = Recorder()
  ) async throws -> TFTPServer {
    try await PXECable.command(
      "ip", "-n", cable.client, "address", "add", "192.168.77.2/24", "dev", "cable0")
    return try await cable.inside(cable.server) {
      var logger = Logger(label: "tftp")
      logger.logLevel = .error
      let server = try TFTPServer(files: TFTPMemoryFiles(files), logger: logger) { events.add($0) }
      try server.start()
      return server
    }
  }

  /// Puts the files where `cmp` finds them while `body` runs.
  private static func withCopies<Result>(
    _ files: [String: [UInt8]], _ body: (_ directory: String) async throws -> Result
  ) async throws -> Result {
    let directory = try await PXECable.command("mktemp", "-d").split(separator: "\n").joined()
    let result: Swift.Result<Result, any Error>
    do {
      for (name, bytes) in files { try writeFile("\(directory)/\(name)", bytes) }
      result = .success(try await body(directory))
    } catch {
      result = .failure(error)
    }
    try await PXECable.command("rm", "-r", directory)
    return try result.get()
  }

  /// Commands that fetch `$1` into `$2`.
  private static let clients = [
    "tftp -m binary 192.168.77.1 -c get $1 $2",
    "atftp -g -r $1 -l $2 192.168.77.1",
    "atftp --option 'blksize 1428' --option 'tsize 0' --option 'timeout 3' -g -r $1 -l $2 192.168.77.1",
    "atftp --option 'blksize 1428' --option 'windowsize 8' -g -r $1 -l $2 192.168.77.1",
    "atftp --option 'blksize 512' --option 'windowsize 64' -g -r $1 -l $2 192.168.77.1",
    "curl -sS -o $2 tftp://192.168.77.1/$1",
    "curl -sS --tftp-blksize 1468 -o $2 tftp://192.168.77.1/$1",
    "curl -sS --tftp-no-options -o $2 tftp://192.168.77.1/$1",
    "busybox tftp -g -b 1468 -r $1 -l $2 192.168.77.1",
  ]

  @Test(arguments: clients) func `Files of every size arrive unchanged`(client: String) async throws {
    let files = Dictionary(
      uniqueKeysWithValues: PXETransferTests.sizes.map { ("f\($0)", PXETransferTests.content($0)) })
    try await PXETransferTests.withCopies(files) { directory in
      try await PXECable.with { cable in
        let server = try await PXETransferTests.serve(cable, files)
        defer { server.stop() }
        // curl 7.88 fails on an empty file whose size it was told.
        let quirk = client.hasPrefix("curl") && !client.contains("no-options") ? "f0" : ""
        for name in files.keys where name != quirk {
          try await cable.onClient(
            "cd \(directory); set -- \(name) \(name).got; \(client) 2>&1 && cmp $1 $2")
        }
      }
    }
  }

  @Test func `Block numbers go round after 65535`() async throws {
    let bytes = PXETransferTests.content(65536 * 512 + 1000)
    let events = Recorder<TFTPEvent>()
    try await PXETransferTests.withCopies(["big": bytes]) { directory in
      try await PXECable.with { cable in
        let server = try await PXETransferTests.serve(cable, ["big": bytes], events)
        defer { server.stop() }
        try await cable.onClient(
          "curl -sS --tftp-blksize 512 tftp://192.168.77.1/big | cmp - \(directory)/big")
        try await eventually("the server sees the end") {
          events.all.contains { if case .completed(bytes.count, _) = $0.step { true } else { false } }
        }
      }
    }
  }

  @Test func `An unknown file is refused at once, and so is writing`() async throws {
    let events = Recorder<TFTPEvent>()
    try await PXECable.with { cable in
      let server = try await PXETransferTests.serve(cable, ["here": [1]], events)
      defer { server.stop() }
      let missing = try await cable.onClient(
        "curl -sS -m 5 tftp://192.168.77.1/nothing 2>&1; echo code $?", allowFailure: true)
      // CURLE_TFTP_NOTFOUND
      #expect(missing.contains("code 68"), "\(missing)")
      let written = try await cable.onClient(
        "echo x > /tmp/w.$$; atftp -p -l /tmp/w.$$ -r w 192.168.77.1 2>&1; rm /tmp/w.$$", allowFailure: true)
      #expect(written.contains("read-only"), "\(written)")
      #expect(events.all.contains { $0.step == .notFound && $0.path == "nothing" })
    }
  }

  @Test func `Names are found whatever their case and separators`() async throws {
    try await PXECable.with { cable in
      let server = try await PXETransferTests.serve(cable, ["efi/boot/x.efi": Array("found".utf8)])
      defer { server.stop() }
      for name in ["EFI/Boot/X.efi", "//efi//boot/x.EFI", "efi%5Cboot%5Cx.efi", "./efi/boot/x.efi"] {
        let text = try await cable.onClient("curl -sS --path-as-is 'tftp://192.168.77.1/\(name)'")
        #expect(text == "found", "\(name)")
      }
    }
  }

  @Test func `A port that another server has is an error, and free again after stop`() async throws {
    try await PXECable.with { cable in
      let first = try await PXETransferTests.serve(cable, [:])
      try await cable.inside(cable.server) {
        let second = try TFTPServer(files: TFTPMemoryFiles([:]), logger: Logger(label: "tftp"))
        #expect(throws: SystemError.self) { try second.start() }
        first.stop()
        // A process that another test is starting may hold a copy of the socket until it runs.
        let deadline = ContinuousClock.now + .seconds(20)
        var isStarted = false
        while !isStarted, ContinuousClock.now < deadline {
          isStarted = (try? second.start()) != nil
          if !isStarted { usleep(10_000) }
        }
        #expect(isStarted)
        second.stop()
        second.stop()
      }
    }
  }
}
