import DHCP
import Logging
import Testing

@Suite struct DHCPServerTests {
  @Test func `An interface that is gone keeps the others from nothing`() throws {
    let service = DHCPService(mode: .server(Bench.pool), address: Bench.address, bootFiles: Bench.files)
    let logger = Logger(label: "dhcp") { _ in SwiftLogNoOpLogHandler() }
    let server = try DHCPServer(services: ["gone0": service], logger: logger)
    try server.start()
    server.stop()
  }
}
