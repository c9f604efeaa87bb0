import CLinux
import Glibc

/// Loads one kernel module (finit_module(2)); its dependencies must be there already.
///
/// A file whose name does not end in `.ko` is compressed, and the kernel is asked to unpack it: from Linux 5.17 on, if
/// it was built with the decompressor of that kind.
///
/// One that is loaded already is no error.
public func loadKernelModule(_ path: String, parameters: String = "") throws(SystemError) {
  let file = try OwnedDescriptor(path: path, flags: O_RDONLY)
  do {
    try syscall("load the kernel module \(path)") {
      clinux_load_module(file.number, parameters, path.hasSuffix(".ko") ? 0 : 1)
    }
  } catch {
    guard error.errno == EEXIST else { throw error }
  }
}

/// Release of the running kernel, `6.1.0-44-amd64`: the name of its directory in /lib/modules.
public func kernelRelease() throws(SystemError) -> String {
  var buffer = [CChar](repeating: 0, count: 256)
  try syscall("ask for the kernel release") {
    buffer.withUnsafeMutableBufferPointer { clinux_kernel_release($0.baseAddress, $0.count) }
  }
  return buffer.withUnsafeBufferPointer { text in text.baseAddress.map { String(cString: $0) } ?? "" }
}

/// Whether `text` matches a shell pattern (fnmatch(3)), as in modules.alias.
public func matchesPattern(_ text: String, _ pattern: String) -> Bool {
  clinux_matches_pattern(pattern, text) != 0
}
