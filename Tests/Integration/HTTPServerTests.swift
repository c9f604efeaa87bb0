import Cryptography
import Linux
import NetbootHTTP
import Testing

/// The netboot server against curl.
@Suite struct HTTPServerTests {
  private let login = "me:open sesame"

  @Test func publicFiles() async throws {
    try await HTTPBench.with { bench async throws in
      #expect(try await bench.curl("/ipxe.efi") == "MZ loader")
      #expect(try await bench.curl("//ipxe.efi") == "MZ loader")
      let head = try await bench.curl("/ipxe.efi", "-I").lowercased()
      #expect(head.contains("200 ok") && head.contains("content-type: application/efi"))
      #expect(head.contains("content-length: 9\n") && head.contains("accept-ranges: bytes"))
      for path in ["/boot.ipxe", "/autoexec.ipxe", "/any/where/autoexec.ipxe"] {
        #expect(try await bench.curl(path).hasPrefix("#!ipxe\n"))
      }
      #expect(try await bench.curl("/status.json") == #"{"phase":"ready"}"#)
      let metrics = try await bench.curl("/metrics", "-i")
      #expect(metrics.contains("text/plain; version=0.0.4") && metrics.hasSuffix("ramdisk_ready 1.0\n"))
      let page = try await bench.curl("/", "-i")
      #expect(page.contains("text/html") && page.contains("/status.json") && page.hasSuffix("</html>"))
      #expect(try await bench.code("/ipxe.efi", "-X", "POST", "-d", "x") == "405")
    }
  }

  @Test func nothingElseIsReachable() async throws {
    try await HTTPBench.with { bench async throws in
      for path in [
        "/../secret", "/..%2fsecret", "/%2e%2e/secret", "/..\\secret", "/boot/../../secret", "/absent",
        "/boot/x/kernel",
        "/boot/vmlinuz-1/initrd1", "/boot/vmlinuz-1/initrd-1", "/boot/vmlinuz-1/initrd", "/boot/absent.ipxe",
        "/disk/1.ipxe",
        "/script/x.ipxe", "/%00", "/.", "/boot/vmlinuz-1",
      ] {
        #expect(try await bench.code(path, "-u", login) == "404", "\(path)")
      }
    }
  }

  @Test func secretsTakeThePassword() async throws {
    let secured = [
      "/menu.ipxe", "/boot/vmlinuz-1.ipxe", HTTPBench.kernel, HTTPBench.initrd, "/disk/0.ipxe",
      "/boot/absent",
    ]
    try await HTTPBench.with { bench async throws in
      for path in secured {
        #expect(try await bench.code(path) == "401")
        #expect(try await bench.code(path, "-I") == "401")
      }
      // Asking without a password is how every client begins.
      #expect(!bench.events.contains { if case .loginFailed = $0 { true } else { false } })
      #expect(
        try await bench.curl("/menu.ipxe", "-i").lowercased().contains("www-authenticate: basic realm="))
      #expect(
        try await bench.curl("/menu.ipxe?mac=52-54-00-12-34-56", "-u", login).contains("item boot-vmlinuz-1 ")
      )
      for path in secured.dropLast() { #expect(try await bench.code(path, "-u", login) == "200") }
      #expect(bench.events.filter { $0 == .loginSucceeded(client: "127.0.0.1", user: "me") }.count == 1)
    }
  }

  @Test func wrongPasswordsAreToldAndSlowedDown() async throws {
    try await HTTPBench.with { bench async throws in
      #expect(try await bench.code("/menu.ipxe", "-u", "you:open sesame") == "401")
      for _ in 0..<4 { #expect(try await bench.code("/menu.ipxe", "-u", "me:wrong") == "401") }
      #expect(bench.events.contains(.loginFailed(client: "127.0.0.1", user: "you")))
      #expect(bench.events.filter { $0 == .loginFailed(client: "127.0.0.1", user: "me") }.count == 4)
      // A busy machine may let the first pauses, of a second and two, go by between the questions.
      var answer = ""
      for _ in 0..<8 where !answer.contains(" 429 ") {
        answer = try await bench.curl("/menu.ipxe", "-i", "-u", "me:wrong").lowercased()
      }
      #expect(answer.contains(" 429 ") && answer.contains(/retry-after: [1-9][0-9]*\n/), "\(answer)")
    }
  }

  @Test func withoutLogin() async throws {
    try await HTTPBench.with(login: false) { bench async throws in
      #expect(try await bench.code("/menu.ipxe") == "200")
      #expect(try await bench.code(HTTPBench.kernel) == "200")
    }
  }

  @Test func wholeFilesAndRanges() async throws {
    try await HTTPBench.with { bench async throws in
      let original = try readFile("\(bench.directory)/boot/initrd.img-1", limit: 1 << 30)
      let copy = "\(bench.directory)/copy"
      func fetch(_ options: String...) async throws -> ([UInt8], String) {
        let code =
          switch options.count {
          case 0: try await bench.curl(HTTPBench.initrd, "-u", login, "-o", copy, "-w", "%{http_code}")
          default:
            try await bench.curl(
              HTTPBench.initrd, "-u", login, "-o", copy, "-w", "%{http_code}", "-r", options[0])
          }
        return (try readFile(copy, limit: 1 << 30), code)
      }
      #expect(try await fetch() == (original, "200"))
      #expect(try await fetch("0-0") == (Array(original[...0]), "206"))
      #expect(try await fetch("262143-600000") == (Array(original[262143...600000]), "206"))
      #expect(try await fetch("2999999-") == (Array(original[2_999_999...]), "206"))
      #expect(try await fetch("-1000000") == (Array(original.suffix(1_000_000)), "206"))
      #expect(try await fetch("3000001-").1 == "416")
      let head = try await bench.curl(HTTPBench.initrd, "-u", login, "-I", "-r", "1-2").lowercased()
      #expect(head.contains("content-range: bytes 1-2/3000001\n") && head.contains("content-length: 2\n"))
      try await bench.until {
        bench.events.contains {
          if case .sent(_, HTTPBench.initrd, 3_000_001, _) = $0 { true } else { false }
        }
      }
    }
  }

  @Test func connectionsAreKept() async throws {
    try await HTTPBench.with { bench async throws in
      let counts = try await bench.curl(
        "/ipxe.efi", "-o", "/dev/null", "-w", "%{num_connects} ",
        "http://127.0.0.1:\(bench.port ?? 0)/status.json", "-o",
        "/dev/null", "-I")
      #expect(counts.split(separator: " ") == ["1", "0"])
    }
  }

  @Test func manyAtOnce() async throws {
    try await HTTPBench.with(initrdSize: 5_000_000) { bench async throws in
      let original = try readFile("\(bench.directory)/boot/initrd.img-1", limit: 1 << 30)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<16 {
          group.addTask { () async throws in
            let copy = "\(bench.directory)/copy\(number)"
            #expect(
              try await bench.curl(HTTPBench.initrd, "-u", login, "-o", copy, "-w", "%{http_code}") == "200")
            #expect(try readFile(copy, limit: 1 << 30) == original)
          }
        }
        try await group.waitForAll()
      }
      #expect(bench.events.filter { $0 == .loginSucceeded(client: "127.0.0.1", user: "me") }.count == 1)
    }
  }

  @Test func clientsThatGoAway() async throws {
    try await HTTPBench.with(initrdSize: 20_000_000) { bench async throws in
      // The password is checked now, so that curl's time is spent on the file.
      #expect(try await bench.code("/menu.ipxe", "-u", login) == "200")
      _ = try await bench.curl(
        HTTPBench.initrd, "-u", login, "-o", "/dev/null", "--limit-rate", "100k", "-m", "2")
      try await bench.until {
        bench.events.contains {
          if case .interrupted(_, HTTPBench.initrd, let sent, 20_000_000) = $0 {
            sent < 20_000_000
          } else {
            false
          }
        }
      }
      #expect(try await bench.code("/ipxe.efi") == "200")
    }
  }

  @Test func statusPageCanTakeAPassword() async throws {
    try await HTTPBench.with { bench async throws in
      #expect(try await bench.code("/status.json") == "200")
      var content = bench.content
      content.site.admin.passwordHash = try PasswordHash(hashing: "secret of the admin").description
      try bench.server.replace(content)
      for path in ["/", "/status.json", "/metrics"] {
        #expect(try await bench.code(path) == "401")
        #expect(try await bench.code(path, "-u", login) == "401")
        #expect(try await bench.code(path, "-u", "admin:secret of the admin") == "200")
      }
      #expect(try await bench.code(HTTPBench.kernel, "-u", "admin:secret of the admin") == "401")
    }
  }

  @Test func contentCanBeReplaced() async throws {
    try await HTTPBench.with { bench async throws in
      #expect(try await bench.code(HTTPBench.kernel) == "401")
      var content = bench.content
      content.site.menu.login = nil
      try bench.server.replace(content)
      #expect(try await bench.code(HTTPBench.kernel) == "200")
    }
  }
}
