import Subprocess
import SystemPackage

/// Runs programs for real: directly in the running system, by `chroot` in a mounted one.
///
/// For a mounted system a mount namespace of its own holds `/dev`, `/proc`, `/sys`, an empty `/run` and this machine's
/// `resolv.conf`, so nothing is left mounted however the program ends; a process namespace ends with it whatever a
/// package's script may have started.
public struct SystemCommands: CommandRunner {
  private let root: HostRoot
  private let trace: (@Sendable (Command) -> Void)?

  /// - Parameter trace: called with each command before it runs.
  public init(root: HostRoot, trace: (@Sendable (Command) -> Void)? = nil) {
    self.root = root
    self.trace = trace
  }

  public func run(_ command: Command) async throws -> CommandResult {
    trace?(command)
    var environment = command.environment
    environment["LC_ALL"] = "C.UTF-8"
    environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    // systemctl and the package scripts that call it then only enable and disable, and start nothing.
    if !root.isLocal {
      environment["SYSTEMD_OFFLINE"] = "1"
      // This machine's own may not exist there, and dracut would refuse to work.
      environment["TMPDIR"] = "/var/tmp"
    }
    let arguments =
      root.isLocal
      ? command.arguments
      : ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-ec", Self.enter, "sh", root.path]
        + command.arguments
    guard let program = arguments.first else { return CommandResult(status: 127, errors: "no program named") }
    do {
      let result = try await Subprocess.run(
        program.contains("/") ? .path(FilePath(program)) : .name(program),
        arguments: Arguments(Array(arguments.dropFirst())),
        environment: .inherit.updating(
          Dictionary(uniqueKeysWithValues: environment.map { (Environment.Key(stringLiteral: $0), $1) })),
        output: .string(limit: 64 << 20), error: .string(limit: 64 << 20))
      let status: Int32 =
        switch result.terminationStatus {
        case .exited(let code): Int32(code)
        case .signaled(let signal): 128 + Int32(signal)
        }
      return CommandResult(
        status: status, output: result.standardOutput, errors: result.standardError)
    } catch let error as SubprocessError where error.code == .executableNotFound {
      return CommandResult(status: 127, errors: "there is no program \(program)")
    }
  }

  /// Shell script: first argument the root, then the program. It must not `exec` the program: with the shell as first
  /// process of the namespace, systemctl sees that it runs in a chroot.
  private static let enter = """
    root=$1; shift
    mount --make-rprivate /
    mountpoint -q "$root" || mount --bind "$root" "$root"
    mount --rbind /dev "$root/dev"
    mount -t proc proc "$root/proc"
    mount --rbind /sys "$root/sys"
    mount -t tmpfs -o mode=0755 run "$root/run"
    mkdir -p "$root/run/systemd/system" "$root/run/lock"
    if [ -e /etc/resolv.conf ]; then
      if [ -L "$root/etc/resolv.conf" ]; then
        target=$(readlink "$root/etc/resolv.conf")
        case $target in
          /run/*) target=$root$target ;;
          ../run/*) target=$root/${target#../} ;;
          *) target= ;;
        esac
        [ -z "$target" ] || { mkdir -p "${target%/*}"; cat /etc/resolv.conf >"$target"; }
      elif [ -f "$root/etc/resolv.conf" ]; then
        mount --bind /etc/resolv.conf "$root/etc/resolv.conf"
      fi
    fi
    chroot "$root" "$@" </dev/null
    """
}
