import CLinux
import Glibc

/// Extended attributes of a path itself, links not followed.
public enum ExtendedAttributes {
  /// All that can be read; none where the file system has none.
  public static func read(_ path: String) -> [String: [UInt8]] {
    let length = llistxattr(path, nil, 0)
    guard length > 0 else { return [:] }
    var names = [CChar](repeating: 0, count: length)
    let got = llistxattr(path, &names, names.count)
    guard got > 0 else { return [:] }
    var result: [String: [UInt8]] = [:]
    for piece in names[..<got].split(separator: 0) {
      let name = String(decoding: piece.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      let size = lgetxattr(path, name, nil, 0)
      guard size >= 0 else { continue }
      var value = [UInt8](repeating: 0, count: size)
      guard lgetxattr(path, name, &value, size) == size else { continue }
      result[name] = value
    }
    return result
  }

  /// Sets attributes; a file system that has none, or an attribute that root may not set, is no error.
  ///
  /// - Throws: `SystemError` of lsetxattr(2).
  public static func write(_ attributes: [String: [UInt8]], to path: String) throws(SystemError) {
    for (name, value) in attributes {
      do {
        try syscall("set the attribute \(name) of \(path)") {
          lsetxattr(path, name, value, value.count, 0)
        }
      } catch  where error.errno == ENOTSUP || error.errno == EPERM {
        continue
      }
    }
  }
}
