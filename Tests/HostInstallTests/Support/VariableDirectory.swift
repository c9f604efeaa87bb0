import Glibc
import Linux

@testable import HostInstall

/// Variables as files in the form of efivarfs: four bytes of attributes, then the data. `EFIVARFS_PATH` makes
/// libefivar, and so efibootmgr and bootctl, read such a directory. Removed when it goes away.
final class VariableDirectory: FirmwareVariables {
  let path: String
  let isPresent = true
  let isWritable = true

  /// - Parameter source: a directory whose files are copied: a dump of a machine; nil: an ordinary PC's.
  init(copying source: String? = nil) throws {
    var template = Array("/tmp/ramdisk-install-vars-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SystemError(errno: errno, attempt: "make a directory") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    if let source {
      for name in try Files.list(source) { try put(name, Files.read("\(source)/\(name)")) }
    } else {
      for (variable, value) in FakeFirmware(.efi).all { try write(variable, value) }
    }
  }

  deinit {
    for name in (try? Files.list(path)) ?? [] { unlink("\(path)/\(name)") }
    rmdir(path)
  }

  /// Every file's bytes.
  var all: [String: [UInt8]] {
    get throws {
      try Dictionary(
        uniqueKeysWithValues: Files.list(path).map { ($0, try Files.read("\(path)/\($0)")) })
    }
  }

  func names() throws -> [FirmwareVariable] {
    try Files.list(path).compactMap { name in
      guard name.count > 37 else { return nil }
      return FirmwareVariable(name: String(name.dropLast(37)), vendor: String(name.suffix(36)))
    }
  }

  func read(_ variable: FirmwareVariable) throws -> FirmwareValue? {
    guard Files.exists("\(path)/\(variable)") else { return nil }
    let bytes = try Files.read("\(path)/\(variable)")
    let attributes = bytes.prefix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    return FirmwareValue(Array(bytes.dropFirst(4)), attributes: attributes)
  }

  func write(_ variable: FirmwareVariable, _ value: FirmwareValue) throws {
    let attributes = (0..<4).map { UInt8(value.attributes >> (8 * UInt32($0)) & 0xFF) }
    try put(variable.description, attributes + value.bytes)
  }

  func remove(_ variable: FirmwareVariable) throws { try AtomicFile.remove("\(path)/\(variable)") }

  /// What a program says that is made to read this directory.
  func run(_ arguments: [String]) async throws -> CommandResult {
    try await SystemCommands(root: .local).run(
      Command(arguments, environment: ["EFIVARFS_PATH": path + "/"]))
  }

  private func put(_ name: String, _ bytes: [UInt8]) throws {
    try AtomicFile.write(bytes, to: "\(path)/\(name)", AtomicFile.Metadata(mode: 0o644))
  }
}
