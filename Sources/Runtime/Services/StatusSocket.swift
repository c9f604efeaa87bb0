import FoundationEssentials
import Glibc
import Linux

/// `ramdiskd status` and its like: the running instance answers who connects to its socket.
///
/// Both sides speak JSON; who asks ends its side then. Who asks nothing gets the status.
public enum StatusSocket {
  public static let usualPath = "/run/ramdiskd.sock"

  /// Longest question in bytes.
  private static let questionLimit = 4096

  /// Answers questions at `path` until the process ends or `stop` is readable.
  static func serve(
    at path: String, stop: EventSignal, answer: @escaping @Sendable ([UInt8]) -> [UInt8]
  ) throws(SystemError) -> ServiceThread {
    // The thread closes it.
    let number = try UnixSocket.listen(at: path).release()
    return try ServiceThread(name: "status") {
      let listener = OwnedDescriptor(owning: number)
      while let ready = try? pollReadable([listener.number, stop.number], timeout: nil), !ready[1] {
        // A client that does not read is left after two seconds.
        guard let peer = try? UnixSocket.accept(listener.number, patience: 2) else { continue }
        let question = (try? readAll(peer.number, limit: questionLimit)) ?? []
        try? writeAll(peer.number, answer(question), to: "the status socket")
      }
      unlink(path)
    }
  }

  /// The state of the instance that listens at `path`, as JSON.
  ///
  /// - Throws: `SystemError`, ENOENT or ECONNREFUSED when none runs.
  public static func fetch(from path: String = usualPath) throws(SystemError) -> [UInt8] {
    try ask(ControlRequest.status.json, at: path)
  }

  /// The answer of the instance that listens at `path`.
  static func ask(_ question: [UInt8], at path: String) throws(SystemError) -> [UInt8] {
    let peer = try UnixSocket.connect(to: path)
    try writeAll(peer.number, question, to: path)
    shutdown(peer.number, Int32(SHUT_WR))
    return try readAll(peer.number, limit: .max)
  }

  /// What comes until the other side ends, or for `limit` bytes.
  private static func readAll(_ number: Int32, limit: Int) throws(SystemError) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 12)
    while bytes.count < limit {
      let count = try syscall("read from the status socket") {
        chunk.withUnsafeMutableBytes { read(number, $0.baseAddress, $0.count) }
      }
      if count <= 0 { break }
      bytes += chunk[..<count]
    }
    return bytes
  }

  /// The same for people.
  public static func text(of json: [UInt8]) throws -> String {
    let status = try decoded(json)
    let lines = Screen.lines(status, recent: status.events, columns: 200, rows: 60)
    return (lines + TrafficTable.lines(status.target)).joined(separator: "\n")
  }

  /// The same for Prometheus.
  public static func metrics(of json: [UInt8]) throws -> String { Metrics.text(try decoded(json)) }

  private static func decoded(_ json: [UInt8]) throws -> RuntimeStatus {
    try JSONDecoder().decode(RuntimeStatus.self, from: Data(json))
  }
}
