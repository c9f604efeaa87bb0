import Glibc
import Linux
import Subprocess
import SystemPackage

/// A disk image whose root file system is mounted where nobody but its user sees it.
///
/// The mounts live in a mount namespace held by a small process that ends when this one does, so they go away
/// whatever happens; the loop device clears itself with the last mount.
public struct MountedDisk: Sendable {
  /// Where the root file system is mounted, for programs started with `run`.
  public let root: String
  /// The whole disk and its root partition: `/dev/loop0`, `/dev/loop0p3`.
  public let device: String
  public let rootDevice: String
  private let holder: Int32

  /// Mounts the disk as a machine's administrator would for repairs (with /dev, /proc and /sys), calls `body`, and
  /// releases everything.
  ///
  /// - Throws: `LabError.notPermitted` without root.
  public static func with<Value: Sendable>(
    image: String, in workspace: Workspace, _ body: @Sendable (MountedDisk) async throws -> Value
  ) async throws -> Value {
    guard geteuid() == 0 else {
      throw LabError(.notPermitted, "mounting \(image) needs root: run it again with sudo")
    }
    let root = workspace.file("root")
    try await HostCommand(["mkdir", "-p", root]).run()
    var platform = PlatformOptions()
    platform.createSession = true
    let record = try await Subprocess.run(
      // Lives until its standard input closes.
      .name("unshare"), arguments: ["--mount", "--propagation", "private", "cat"],
      environment: .inherit.updating(HostCommand.variables([:])), platformOptions: platform,
      input: .inputWriter, output: .discarded, error: .discarded
    ) { execution in
      let outcome: Result<Value, any Error>
      do {
        let holder = execution.processIdentifier.value
        try await waitForNamespace(of: holder)
        outcome = .success(try await mounted(image: image, root: root, holder: holder, body))
      } catch {
        outcome = .failure(error)
      }
      try await execution.standardInputWriter.finish()
      return outcome
    }
    return try record.closureResult.get()
  }

  /// Runs a program of the host's that sees the mounted disk.
  @discardableResult
  public func run(
    _ arguments: [String], input: String = "", onLine: @Sendable (String) -> Void = { _ in }
  ) async throws -> String {
    try await command(arguments).run(input: input, onLine: onLine)
  }

  /// As `run`, however the program ends.
  public func result(_ arguments: [String]) async throws -> HostCommand.Result {
    try await command(arguments).result()
  }

  /// Runs a program of the disk's own system.
  @discardableResult
  public func chroot(_ arguments: [String], input: String = "") async throws -> String {
    try await run(["chroot", root] + arguments, input: input)
  }

  /// The path by which this process reaches a file of the mounted disk.
  public func hostPath(_ path: String) -> String { "/proc/\(holder)/root\(root)\(path)" }

  private func command(_ arguments: [String]) -> HostCommand {
    HostCommand(["nsenter", "--target", "\(holder)", "--mount", "--"] + arguments)
  }

  private static func waitForNamespace(of holder: Int32) async throws {
    let own = try namespace("self")
    let separate = try await Deadline(after: .seconds(10)).poll {
      try namespace("\(holder)") != own ? true : nil
    }
    guard separate != nil else { throw LabError(.unexpected, "unshare made no mount namespace") }
  }

  private static func namespace(_ process: String) throws -> String {
    let path = "/proc/\(process)/ns/mnt"
    var buffer = [UInt8](repeating: 0, count: 64)
    let count = try syscall("read \(path)") { readlink(path, &buffer, buffer.count) }
    return String(decoding: buffer[..<count], as: UTF8.self)
  }
}

extension MountedDisk {
  private static func mounted<Value: Sendable>(
    image: String, root: String, holder: Int32, _ body: @Sendable (MountedDisk) async throws -> Value
  ) async throws -> Value {
    let listing = try await HostCommand(["losetup", "--find", "--show", "--partscan", image]).run()
    let device = listing.split(separator: "\n").first.map(String.init) ?? ""
    let disk = MountedDisk(root: root, device: device, rootDevice: "\(device)p3", holder: holder)
    let outcome: Result<Value, any Error>
    do {
      try await disk.mount()
      outcome = .success(try await body(disk))
    } catch {
      outcome = .failure(error)
    }
    // Uncancelled: Ctrl-C must not leave a loop device behind.
    let released = await Task { try await disk.release() }.result
    if case .success = outcome { try released.get() }
    return try outcome.get()
  }

  private func mount() async throws {
    // Where the kernel did not look for partitions by itself.
    if !HostFile.exists(rootDevice) { try await HostCommand(["partx", "--add", device]).run() }
    try await run(["mount", rootDevice, root])
    // In use, so it is cleared only after the last mount: should this process be killed, too.
    try await run(["losetup", "--detach", device])
  }

  /// Gives programs in `chroot` what they expect: /proc, /sys, and a /dev with this disk and its links by identifier,
  /// which udev would make.
  public func mountSystemDirectories() async throws {
    let uuid = try await run(["blkid", "--match-tag", "UUID", "--output", "value", rootDevice])
    let nodes = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"]
    let partitions = (1...3).map { "\(device)p\($0)" }
    let script = """
      set -e
      root=$1 uuid=$2 rootdevice=$3; shift 3
      mount -t proc proc "$root/proc"
      mount --rbind /sys "$root/sys"
      mount -t tmpfs -o mode=755 dev "$root/dev"
      for node; do touch "$root$node"; mount --bind "$node" "$root$node"; done
      mkdir -p "$root/dev/pts" "$root/dev/shm" "$root/dev/disk/by-uuid"
      mount --bind /dev/pts "$root/dev/pts"
      ln -s "../../${rootdevice#/dev/}" "$root/dev/disk/by-uuid/$uuid"
      ln -s /proc/self/fd "$root/dev/fd"
      """
    try await run(
      ["sh", "-c", script, "sh", root, String(uuid.dropLast()), rootDevice] + nodes + [device] + partitions)
  }

  private func release() async throws {
    let unmounted = try await result(["umount", "--recursive", root])
    // What mount did not get to is not mounted.
    let mounts = try HostFile.read("/proc/\(holder)/mounts")
    guard !mounts.contains(" \(root) ") else {
      throw LabError(.unexpected, "\(root) cannot be unmounted: \(unmounted.output)")
    }
    let backing = "/sys/block/\(device.dropFirst(5))/loop/backing_file"
    let freed = try await Deadline(after: .seconds(10)).poll { HostFile.exists(backing) ? nil : true }
    if freed == nil { try await HostCommand(["losetup", "--detach", device]).run() }
  }
}
