import Glibc
import Linux
import Testing

@testable import TargetService

@Suite struct ReservationFileTests {
  private func withDirectory(_ body: (String) throws -> Void) throws {
    var template = Array("/var/tmp/reservations-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    let directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer {
      for name in (try? directoryEntries(directory)) ?? [] { unlink("\(directory)/\(name)") }
      rmdir(directory)
    }
    try body(directory)
  }

  @Test func whatWasWrittenIsRead() throws {
    try withDirectory { directory in
      let file = ReservationFile(path: "\(directory)/a.reservations", serialNumber: "0123")
      #expect(try file.read() == nil)
      try file.write([1, 2, 3])
      try file.write([4, 5])
      #expect(try file.read() == [4, 5])
      #expect(try directoryEntries(directory) == ["a.reservations"])
      try file.write(nil)
      try file.write(nil)
      #expect(try file.read() == nil)
    }
  }

  @Test func whatIsNotWholeIsNeverRead() throws {
    try withDirectory { directory in
      let file = ReservationFile(path: "\(directory)/a", serialNumber: "0123")
      try file.write([UInt8](1...100))
      let bytes = try readFile(file.path)
      for index in bytes.indices {
        var bent = bytes
        bent[index] ^= 0x10
        try writeFile(file.path, bent)
        #expect(throws: ReservationFileProblem.self, "byte \(index)") { try file.read() }
        try writeFile(file.path, Array(bytes[..<index]))
        #expect(throws: ReservationFileProblem.self, "\(index) bytes") { try file.read() }
      }
      try writeFile(file.path, bytes)
      #expect(throws: ReservationFileProblem.self) {
        try ReservationFile(path: file.path, serialNumber: "0124").read()
      }
      #expect(try file.read() == [UInt8](1...100))
    }
  }

  @Test func aDirectoryIsMadeButNotInMemory() throws {
    try withDirectory { directory in
      #expect(try ReservationDirectory.open("\(directory)/state") != nil)
      #expect(try ReservationDirectory.open("\(directory)/state") != nil)
      rmdir("\(directory)/state")
      try writeFile("\(directory)/file", [])
      #expect(throws: SystemError.self) { try ReservationDirectory.open("\(directory)/file/state") }
    }
    let memory = "/dev/shm"
    if try fileSystemType(of: memory) == 0x0102_1994 { #expect(try ReservationDirectory.open(memory) == nil) }
  }
}
