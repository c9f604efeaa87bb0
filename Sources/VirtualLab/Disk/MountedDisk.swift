/// A disk image whose file systems are mounted where nobody but its user sees it.
///
/// The mounts live in a mount namespace held by a small process that ends when this one does, so they go away
/// whatever happens; the loop device clears itself with the last mount.
public struct MountedDisk: Sendable {
  /// Where the root file system is mounted, for programs started with `run`.
  public let root: String
  /// The whole disk: `/dev/loop0`.
  public let device: String
  /// What is in the root partition's container, where that is encrypted.
  private let rootImage: String?
  /// The partition mounted at /boot, where that is one of its own.
  private let bootDevice: String?
  private let namespace: MountNamespace

  /// Mounts the disk as a machine's administrator would for repairs, calls `body`, and releases everything.
  ///
  /// - Throws: `LabError.notPermitted` without root.
  static func with<Value: Sendable>(
    _ disk: SampleDisk, in workspace: Workspace, _ body: @Sendable (MountedDisk) async throws -> Value
  ) async throws -> Value {
    let root = workspace.file("root")
    try await HostCommand(["mkdir", "-p", root]).run()
    return try await disk.withRootImage(in: workspace) { rootImage, namespace in
      try await mounted(disk, rootImage: rootImage, root: root, namespace, body)
    }
  }

  /// Runs a program of the host's that sees the mounted disk.
  @discardableResult
  public func run(
    _ arguments: [String], input: String = "", onLine: @Sendable (String) -> Void = { _ in }
  ) async throws -> String {
    try await namespace.command(arguments).run(input: input, onLine: onLine)
  }

  /// As `run`, however the program ends.
  public func result(_ arguments: [String]) async throws -> HostCommand.Result {
    try await namespace.command(arguments).result()
  }

  /// Runs a program of the disk's own system.
  @discardableResult
  public func chroot(_ arguments: [String], input: String = "") async throws -> String {
    try await run(["chroot", root] + arguments, input: input)
  }

  /// The path by which this process reaches a file of the mounted disk.
  public func hostPath(_ path: String) -> String { namespace.path(root + path) }
}

extension MountedDisk {
  private static func mounted<Value: Sendable>(
    _ disk: SampleDisk, rootImage: String?, root: String, _ namespace: MountNamespace,
    _ body: @Sendable (MountedDisk) async throws -> Value
  ) async throws -> Value {
    let listing = try await HostCommand(["losetup", "--find", "--show", "--partscan", disk.path]).run()
    let device = listing.split(separator: "\n").first.map(String.init) ?? ""
    let mounted = MountedDisk(
      root: root, device: device, rootImage: rootImage,
      bootDevice: disk.layout.hasSeparateBoot ? "\(device)p4" : nil, namespace: namespace)
    let outcome: Result<Value, any Error>
    do {
      try await mounted.mount()
      outcome = .success(try await body(mounted))
    } catch {
      outcome = .failure(error)
    }
    // Uncancelled: Ctrl-C must not leave a loop device behind.
    let released = await Task { try await mounted.release() }.result
    if case .success = outcome { try released.get() }
    return try outcome.get()
  }

  private func mount() async throws {
    let partition = "\(device)p3"
    // Where the kernel did not look for partitions by itself.
    if !HostFile.exists(partition) { try await HostCommand(["partx", "--add", device]).run() }
    try await run(rootImage.map { ["mount", "-o", "loop", $0, root] } ?? ["mount", partition, root])
    if let bootDevice {
      try await run(["mkdir", "-p", root + "/boot"])
      try await run(["mount", bootDevice, root + "/boot"])
    }
    // In use, so it is cleared only after the last mount: should this process be killed, too.
    try await run(["losetup", "--detach", device])
  }

  /// Gives programs in `chroot` what they expect: /proc, /sys, and a /dev with this disk and its links by identifier,
  /// which udev would make.
  public func mountSystemDirectories() async throws {
    let nodes = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"]
    let partitions = (1...3).map { "\(device)p\($0)" } + (bootDevice.map { [$0] } ?? [])
    let script = """
      set -e
      root=$1; shift
      mount -t proc proc "$root/proc"
      mount --rbind /sys "$root/sys"
      mount -t tmpfs -o mode=755 dev "$root/dev"
      for node; do touch "$root$node"; mount --bind "$node" "$root$node"; done
      mkdir -p "$root/dev/pts" "$root/dev/shm" "$root/dev/disk/by-uuid"
      mount --bind /dev/pts "$root/dev/pts"
      for node; do
        [ -b "$node" ] || continue
        uuid=$(blkid --match-tag UUID --output value "$node") || continue
        ln -s "../../${node#/dev/}" "$root/dev/disk/by-uuid/$uuid"
      done
      ln -s /proc/self/fd "$root/dev/fd"
      """
    let source = try await run(["findmnt", "--noheadings", "--output", "SOURCE", root]).dropLast()
    let devices = [device] + partitions + (partitions.contains(String(source)) ? [] : [String(source)])
    try await run(["sh", "-c", script, "sh", root] + nodes + devices)
  }

  private func release() async throws {
    let unmounted = try await result(["umount", "--recursive", root])
    // What mount did not get to is not mounted.
    let mounts = try HostFile.read("/proc/\(namespace.holder)/mounts")
    guard !mounts.contains(" \(root) ") else {
      throw LabError(.unexpected, "\(root) cannot be unmounted: \(unmounted.output)")
    }
    let backing = "/sys/block/\(device.dropFirst(5))/loop/backing_file"
    let freed = try await Deadline(after: .seconds(10)).poll { HostFile.exists(backing) ? nil : true }
    if freed == nil { try await HostCommand(["losetup", "--detach", device]).run() }
  }
}
