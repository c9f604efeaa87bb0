import Glibc
import HostInstall

/// Files that belong to the program: below `PREFIX/share/iscsi-target-ramdisk` when installed, in the source tree when
/// run from its build directory.
enum ProgramFiles {
  /// The directory `name`; nil when there is none.
  static func directory(_ name: String) -> String? {
    guard let program = Files.linkTarget("/proc/self/exe") else { return nil }
    var parent = Files.parent(program)
    let installed = Files.parent(parent) + "/share/iscsi-target-ramdisk/" + name
    if Files.isDirectory(installed) { return installed }
    while parent != "/" {
      if Files.exists(parent + "/Package.swift"), Files.isDirectory("\(parent)/\(name)") {
        return "\(parent)/\(name)"
      }
      parent = Files.parent(parent)
    }
    return nil
  }
}
