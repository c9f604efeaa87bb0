import Glibc
import Linux

@testable import HostInstall

/// A real Debian with GRUB and initramfs-tools on a partitioned disk image, mounted by a loop device.
///
/// The packages are fetched once: the tree is kept in `RAMDISK_CACHE`, or in /var/tmp.
final class RealDebian: Sendable {
  let root: HostRoot
  private let directory: String

  /// Whether this machine has what it takes: root, mmdebstrap, GRUB's tools.
  static var isPossible: Bool {
    geteuid() == 0
      && ["/usr/bin/mmdebstrap", "/usr/sbin/losetup", "/usr/sbin/sfdisk", "/usr/bin/partx"].allSatisfy(
        Files.exists)
  }

  /// Debian 12; with `./test.sh full` Debian 11, 13 and unstable, too; those of `INSTALL_RELEASES` where it is set.
  static var releases: [String] {
    if let names = getenv("INSTALL_RELEASES") {
      return String(cString: names).split(separator: " ").map(String.init)
    }
    return getenv("TEST_FULL") == nil ? ["bookworm"] : ["bullseye", "bookworm", "trixie", "sid"]
  }

  init(release: String) async throws {
    let cache = getenv("RAMDISK_CACHE").map { String(cString: $0) } ?? "/var/tmp"
    var template = Array("/var/tmp/ramdisk-install-real-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SystemError(errno: errno, attempt: "make a directory") }
    directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    do {
      try await RealDebian.shell(
        RealDebian.make, [directory, "\(cache)/ramdisk-install-\(release).tar", release])
      root = try HostRoot(path: directory + "/root")
    } catch {
      try await RealDebian.shell(RealDebian.discard, [directory])
      throw error
    }
  }

  /// Unmounts and removes everything; to be called at the end of a test.
  func remove() async throws { try await RealDebian.shell(RealDebian.discard, [directory]) }

  /// Content, modes, owners and times of all files that must be as before after an uninstallation.
  func state() throws -> [String: FileImage] {
    var images = try TreeSnapshot(["/etc", "/boot", "/var/lib/dbus"], in: root).images.mapValues { image in
      var image = image
      if image.kind == .directory { image.modified = [] }
      return image
    }
    // ldconfig writes the same cache anew.
    images["/etc/ld.so.cache"]?.modified = []
    return images
  }

  func text(_ path: String) -> String? { Files.text(root.resolve(path)) }

  /// Runs a program in the system.
  func chroot(_ arguments: [String]) async throws {
    try await SystemCommands(root: root).succeed(
      Command(arguments, environment: ["DEBIAN_FRONTEND": "noninteractive"]))
  }

  private static func shell(_ script: String, _ arguments: [String]) async throws {
    try await SystemCommands(root: .local).succeed(Command(["sh", "-ec", script, "sh"] + arguments))
  }

  private static let make = """
    directory=$1 tree=$2 release=$3
    if ! [ -e "$tree" ]; then
      mkdir -p "${tree%/*}"
      # mmdebstrap goes by the end of the name.
      new=${tree%.tar}.new.tar
      # A mirror may be behind, and unstable's lists are good for a week.
      mmdebstrap --quiet --variant=minbase --skip=cleanup/apt/lists \\
        --aptopt='Acquire::Check-Valid-Until "false"' \\
        --include=linux-image-amd64,initramfs-tools,grub-pc-bin,grub2-common,systemd-sysv,udev,kmod,e2fsprogs,zstd,netbase \\
        "$release" "$new"
      mv "$new" "$tree"
    fi
    image=$directory/disk.img root=$directory/root
    truncate -s 3G "$image"
    printf 'label: gpt\\nsize=1MiB, type=21686148-6449-6E6F-744E-656564454649\\ntype=L\\n' | sfdisk -q "$image"
    loop=$(losetup -f --show "$image")
    echo "$loop" >"$directory/loop"
    partx -u "$loop"
    mkfs.ext4 -q "${loop}p2"
    mkdir "$root"
    mount "${loop}p2" "$root"
    tar -C "$root" --xattrs -xpf "$tree"
    echo "UUID=$(blkid -s UUID -o value "${loop}p2") / ext4 defaults 0 1" >"$root/etc/fstab"
    unshare --mount sh -ec 'for d in dev proc sys; do mount --rbind /$d "$1/$d"; done
      chroot "$1" grub-install --target=i386-pc "$2"
      chroot "$1" grub-mkconfig -o /boot/grub/grub.cfg
      chroot "$1" grub-editenv /boot/grub/grubenv create' sh "$root" "$loop"
    """

  private static let discard = """
    if mountpoint -q "$1/root"; then umount "$1/root"; fi
    if [ -e "$1/loop" ]; then
      loop=$(cat "$1/loop")
      partx -d "$loop"
      losetup -d "$loop"
    fi
    rm -r "$1"
    """
}
