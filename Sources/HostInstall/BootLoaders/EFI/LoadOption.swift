import CEfivar
import Glibc

/// A boot option as it is stored: EFI_LOAD_OPTION (UEFI 2.10, 3.1.3).
struct LoadOption: Hashable, Sendable {
  var title: String
  var partition: BootPartitionFacts
  /// Program to start, from the top of the partition, with slashes.
  var program: String
  /// What the program is told: for a kernel its command line.
  var arguments: String

  /// A hard drive node and a file node: firmware finds the partition by its GUID on whatever port the disk is.
  ///
  /// - Throws: `FirmwareError` where the partition is not known well enough, or its GUID is none.
  func encoded() throws -> [UInt8] {
    let attempt = "make a boot option for \(program)"
    guard let uuid = partition.partitionUUID, let number = partition.number, let start = partition.start,
      let length = partition.length, var signature = LoadOption.guid(uuid)
    else {
      throw FirmwareError(
        attempt: attempt,
        reason: "the place of \(partition.mountPoint) in its disk's GPT is not known")
    }
    let path = try LoadOption.filled(attempt) { buffer, size in
      let drive = withUnsafeMutableBytes(of: &signature) {
        efidp_make_hd(
          buffer, size, UInt32(clamping: number), start, length,
          $0.baseAddress?.assumingMemoryBound(to: UInt8.self), 2, 2)
      }
      guard drive >= 0 else { return drive }
      var name = Array(program.replacing("/", with: "\\").utf8CString)
      let file = efidp_make_file(buffer.map { $0 + drive }, size - (buffer == nil ? 0 : drive), &name)
      guard file >= 0 else { return file }
      let end = efidp_make_generic(
        buffer.map { $0 + drive + file }, size - (buffer == nil ? 0 : drive + file), 0x7F, 0xFF, 4)
      return end < 0 ? end : drive + file + end
    }
    var options = arguments.isEmpty ? [] : UTF16Text.encoded(arguments)
    var label = Array(title.utf8) + [0]
    var device = path
    return try LoadOption.filled(attempt) { buffer, size in
      device.withUnsafeMutableBytes { device in
        efi_loadopt_create(
          buffer, size, 1, device.baseAddress.map { efidp(OpaquePointer($0)) }, device.count, &label,
          &options,
          options.count)
      }
    }
  }

  /// The title of an option; nil for what is none.
  static func label(of bytes: [UInt8]) -> String? {
    // Attributes, length of the device path, then the title.
    guard bytes.count >= 8 else { return nil }
    return UTF16Text.decoded(Array(bytes.dropFirst(6)))
  }

  /// Asks for the size, then for the bytes.
  private static func filled(
    _ attempt: String, _ make: (UnsafeMutablePointer<UInt8>?, Int) -> Int
  ) throws -> [UInt8] {
    let size = make(nil, 0)
    guard size > 0 else { throw FirmwareError(attempt: attempt, reason: "libefivar cannot say its size") }
    var bytes = [UInt8](repeating: 0, count: size)
    let made = bytes.withUnsafeMutableBufferPointer { make($0.baseAddress, $0.count) }
    guard made == size else { throw FirmwareError(attempt: attempt, reason: "libefivar cannot make it") }
    return bytes
  }

  private static func guid(_ text: String) -> efi_guid_t? {
    var guid = efi_guid_t()
    return efi_str_to_guid(text, &guid) == 0 ? guid : nil
  }
}
