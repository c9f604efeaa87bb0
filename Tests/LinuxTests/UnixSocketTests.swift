import Glibc
import Testing

@testable import Linux

@Suite struct UnixSocketTests {
  private let path = "/tmp/linux-tests-\(getpid())-\(UInt32.random(in: 0 ... .max)).sock"

  @Test func onlyTheOwnerMayConnect() throws {
    let listener = try UnixSocket.listen(at: path)
    defer { unlink(path) }
    var status = stat()
    #expect(stat(path, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o600)
    if try UnixSocket.accept(listener.number, patience: 1) != nil { Issue.record("nobody has connected") }
    let client = try UnixSocket.connect(to: path)
    guard let server = try UnixSocket.accept(listener.number, patience: 1) else {
      Issue.record("the connection does not arrive")
      return
    }
    try writeAll(server.number, Array("hello".utf8), to: "the peer")
    var buffer = [UInt8](repeating: 0, count: 16)
    #expect(read(client.number, &buffer, 16) == 5)
  }

  @Test func aSecondInstanceIsRefusedAndAStaleNameTakenOver() throws {
    defer { unlink(path) }
    do {
      let listener = try UnixSocket.listen(at: path)
      let error = #expect(throws: SystemError.self) { _ = try UnixSocket.listen(at: path).release() }
      #expect(error?.errno == EADDRINUSE)
      _ = listener.number
    }
    let next = try UnixSocket.listen(at: path)
    #expect(next.number >= 0)
  }
}
