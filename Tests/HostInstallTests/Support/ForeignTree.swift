import Glibc
import Linux

@testable import HostInstall

/// An empty system of another distribution with the real package manager, and a repository in a directory. Removed when
/// it goes away.
final class ForeignTree: CommandRunner {
  enum Kind: String, CaseIterable, Sendable {
    case pacman, dnf, zypper

    /// Name of the profile whose commands are used.
    var profile: String {
      switch self {
      case .pacman: "Arch Linux"
      case .dnf: "Fedora"
      case .zypper: "openSUSE"
      }
    }

    /// What the profile installs.
    func wanted(_ profile: DistroProfile) -> [String] {
      (self == .pacman ? profile.initramfs?.sidecar : profile.initramfs?.switch)?.install ?? []
    }
  }

  /// A package that the first of the wanted ones needs, in its own version or a later one.
  static let library = "made-up-library"
  /// One that is there from the beginning and stays.
  static let base = "made-up-base"

  private let kind: Kind
  private let wanted: [String]
  private let directory: String

  init(_ kind: Kind, offering wanted: [String]) throws {
    var template = Array("/var/tmp/ramdisk-install-foreign-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SystemError(errno: errno, attempt: "make a directory") }
    directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    self.kind = kind
    self.wanted = wanted
    try publish(version: 1)
    try shell(Self.prepare, directory, kind.rawValue)
  }

  deinit { try? shell("rm -r \"$1\"", directory) }

  /// Puts the packages with this version into the repository.
  func publish(version: Int) throws {
    for name in wanted + [Self.library, Self.base] {
      let needed = name == wanted.first ? Self.library : ""
      try shell(kind == .pacman ? Self.archive : Self.rpm, directory, name, "\(version)", needed)
    }
    try shell(kind == .pacman ? Self.pacmanDatabase : "createrepo_c -q \"$1/repository\"", directory)
  }

  /// The same command, for the tree instead of the system that runs.
  func run(_ command: Command) async throws -> CommandResult {
    guard let program = command.arguments.first else { return CommandResult(status: 127) }
    let root = directory + "/root"
    let options: [String]
    switch program {
    case "pacman":
      options = ["--config", "\(directory)/pacman.conf", "--root", root, "--dbpath", "\(root)/db"]
    case "dnf":
      options = [
        "--installroot=\(root)", "--releasever=1", "--noplugins", "--setopt=reposdir=/nonexistent",
        "--repofrompath=made-up,file://\(directory)/repository", "--setopt=made-up.gpgcheck=0",
        "--setopt=metadata_expire=0", "--setopt=cachedir=\(directory)/cache",
      ]
    default: options = ["--root", root]
    }
    // Debian's rpm keeps its database in the home directory unless told otherwise.
    return try await SystemCommands(root: .local).run(
      Command(
        [program] + options + command.arguments.dropFirst(),
        environment: command.environment.merging(["HOME": "\(directory)/home"]) { $1 }))
  }

  private static let prepare = """
    mkdir -p "$1/root/db" "$1/home" "$1/cache"
    echo '%_dbpath /var/lib/rpm' >"$1/home/.rpmmacros"
    case $2 in
      pacman)
        printf '[options]\\nArchitecture = x86_64\\nSigLevel = Never\\nCacheDir = %s\\n[made-up]\\nServer = file://%s\\n' \\
          "$1/cache" "$1/repository" >"$1/pacman.conf"
        pacman --config "$1/pacman.conf" --root "$1/root" --dbpath "$1/root/db" -Sy >/dev/null ;;
      zypper)
        HOME=$1/home zypper -q --root "$1/root" addrepo --no-gpgcheck "dir:$1/repository" made-up >/dev/null ;;
    esac
    """

  private static let archive = """
    mkdir -p "$1/repository" "$1/work"
    cd "$1/work"
    printf 'pkgname = %s\\npkgver = %s-1\\npkgdesc = made up\\nsize = 1\\narch = any\\n' "$2" "$3" >.PKGINFO
    [ -z "$4" ] || echo "depend = $4>=$3" >>.PKGINFO
    bsdtar -czf "$1/repository/$2-$3-1-any.pkg.tar.gz" .PKGINFO
    """

  private static let pacmanDatabase = """
    cd "$1/repository"
    repo-add -q made-up.db.tar.gz ./*.pkg.tar.gz
    if [ -d "$1/root/db" ]; then
      pacman --config "$1/pacman.conf" --root "$1/root" --dbpath "$1/root/db" -Sy >/dev/null
    fi
    """

  private static let rpm = """
    mkdir -p "$1/repository" "$1/work"
    printf 'Name: %s\\nVersion: %s\\nRelease: 1\\nSummary: made up\\nLicense: MIT\\nBuildArch: noarch\\n' "$2" "$3" >"$1/work/spec"
    [ -z "$4" ] || echo "Requires: $4 >= $3" >>"$1/work/spec"
    printf '%%description\\nmade up\\n%%files\\n' >>"$1/work/spec"
    rpmbuild --quiet -bb --define "_topdir $1/work" --define "_rpmdir $1/repository" "$1/work/spec" >/dev/null 2>&1
    """
}
