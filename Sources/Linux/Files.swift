import Glibc

/// Reads a whole file, at most `limit` bytes of it.
///
/// Made for the small files of /proc and /sys, whose size `fstat` does not tell, and for configuration.
///
/// - Throws: `SystemError` of open(2) or read(2).
public func readFile(_ path: String, limit: Int = 1 << 20) throws(SystemError) -> [UInt8] {
  let file = try OwnedDescriptor(path: path, flags: O_RDONLY)
  var contents: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: min(limit, 1 << 16))
  while contents.count < limit {
    let wanted = min(chunk.count, limit - contents.count)
    let count = try syscall("read \(path)") {
      chunk.withUnsafeMutableBytes { read(file.number, $0.baseAddress, wanted) }
    }
    if count <= 0 { break }
    contents.append(contentsOf: chunk[..<count])
  }
  return contents
}

/// The text of a small file without the white space around it; nil where it cannot be read.
///
/// For attributes whose absence is an answer, as in /sys.
public func readAttribute(_ path: String) -> String? {
  guard let bytes = try? readFile(path, limit: 1 << 16) else { return nil }
  let isSpace = { (byte: UInt8) in byte == 0 || byte == 0x20 || (9...13).contains(byte) }
  guard let first = bytes.firstIndex(where: { !isSpace($0) }),
    let last = bytes.lastIndex(where: { !isSpace($0) })
  else { return "" }
  return String(decoding: bytes[first...last], as: UTF8.self)
}

/// Writes all of `bytes` to a file that exists or is made with `mode`; what was in it before is gone.
///
/// - Throws: `SystemError` of open(2) or write(2).
public func writeFile(_ path: String, _ bytes: [UInt8], mode: mode_t = 0o644) throws(SystemError) {
  let file = try OwnedDescriptor(path: path, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: mode)
  try writeAll(file.number, bytes, to: path)
}

/// Writes all of `bytes` to a descriptor; `name` is what an error calls it.
public func writeAll(_ descriptor: Int32, _ bytes: [UInt8], to name: String) throws(SystemError) {
  var done = 0
  while done < bytes.count {
    done += try syscall("write \(name)") {
      bytes.withUnsafeBytes { write(descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done) }
    }
  }
}

/// Names in a directory, sorted, without `.` and `..`.
///
/// - Throws: `SystemError` of opendir(3).
public func directoryEntries(_ path: String) throws(SystemError) -> [String] {
  guard let directory = opendir(path) else { throw SystemError(errno: errno, attempt: "list \(path)") }
  defer { closedir(directory) }
  var names: [String] = []
  while let entry = readdir(directory) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
    }
    if name != "." && name != ".." { names.append(name) }
  }
  return names.sorted()
}

/// The path without symbolic links; nil where something on the way does not exist.
public func resolvedPath(_ path: String) -> String? {
  guard let resolved = realpath(path, nil) else { return nil }
  defer { free(resolved) }
  return String(cString: resolved)
}
