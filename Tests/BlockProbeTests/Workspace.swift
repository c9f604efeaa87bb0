import Glibc
import Linux

/// A directory that goes away with its owner.
final class Workspace: Sendable {
  let path: String

  init() throws {
    var template = Array("/tmp/blockprobe-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw SystemError(errno: errno, attempt: "make a directory in /tmp")
    }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { try? run("rm", "-rf", path) }

  /// A sparse file.
  func image(_ name: String, megabytes: Int) throws -> String {
    let file = "\(path)/\(name)"
    try writeFile(file, [])
    try syscall("extend \(file)") { truncate(file, megabytes << 20) }
    return file
  }

  func file(_ name: String, _ text: String) throws {
    let file = "\(path)/\(name)"
    try run("mkdir", "-p", String(file[..<(file.lastIndex(of: "/") ?? file.endIndex)]))
    try writeFile(file, Array(text.utf8))
  }
}

/// Writes a partition table by an sfdisk script.
func partition(_ image: String, _ script: String) throws {
  try run("sh", "-c", #"printf %s "$2" | sfdisk -q "$1""#, "sh", image, script)
}

/// Runs a program and requires that it succeeds.
func run(_ arguments: String...) throws {
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  for (descriptor, flags) in [(Int32(0), O_RDONLY), (1, O_WRONLY), (2, O_WRONLY)] {
    posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", flags, 0)
  }
  // mkfs and sfdisk are in sbin, which is not in everybody's PATH.
  let argv = (["env", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"] + arguments).map { strdup($0) } + [nil]
  defer { for argument in argv { free(argument) } }
  var pid: pid_t = 0
  let failure = posix_spawn(&pid, "/usr/bin/env", &actions, nil, argv, environ)
  guard failure == 0 else { throw SystemError(errno: failure, attempt: "run \(arguments)") }
  var status: Int32 = 0
  try syscall("wait for \(arguments)") { waitpid(pid, &status, 0) }
  guard status == 0 else { throw SystemError(errno: ECHILD, attempt: "run \(arguments) (status \(status))") }
}
