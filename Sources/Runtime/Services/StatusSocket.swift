import FoundationEssentials
import Glibc
import Linux

/// `ramdiskd status`: the running instance writes its state as JSON to who connects to its socket.
public enum StatusSocket {
  public static let usualPath = "/run/ramdiskd.sock"

  /// Serves `report` at `path` until the process ends or `stop` is readable.
  static func serve(
    at path: String, stop: EventSignal, report: @escaping @Sendable () -> [UInt8]
  ) throws(SystemError) -> ServiceThread {
    // The thread closes it.
    let number = try UnixSocket.listen(at: path).release()
    return try ServiceThread(name: "status") {
      let listener = OwnedDescriptor(owning: number)
      while let ready = try? pollReadable([listener.number, stop.number], timeout: nil), !ready[1] {
        // A client that does not read is left after two seconds.
        guard let peer = try? UnixSocket.accept(listener.number, patience: 2) else { continue }
        try? writeAll(peer.number, report(), to: "the status socket")
      }
      unlink(path)
    }
  }

  /// The state of the instance that listens at `path`, as JSON.
  ///
  /// - Throws: `SystemError`, ENOENT or ECONNREFUSED when none runs.
  public static func fetch(from path: String = usualPath) throws(SystemError) -> [UInt8] {
    let peer = try UnixSocket.connect(to: path)
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = try syscall("read the status") {
        chunk.withUnsafeMutableBytes { read(peer.number, $0.baseAddress, $0.count) }
      }
      if count <= 0 { return bytes }
      bytes += chunk[..<count]
    }
  }

  /// The same for people.
  public static func text(of json: [UInt8]) throws -> String {
    let status = try JSONDecoder().decode(RuntimeStatus.self, from: Data(json))
    return Screen.lines(status, recent: status.events, columns: 200, rows: 60).joined(separator: "\n")
  }
}
