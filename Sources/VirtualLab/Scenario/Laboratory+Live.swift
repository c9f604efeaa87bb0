/// What a running system needs to install the ramdisk on itself, and doing so.
extension Laboratory {
  /// Copies the programs onto the disk.
  ///
  /// - Parameter stage: what `DESTDIR=stage ./install.sh` made.
  public func copyPrograms(from stage: String) async throws {
    narrator.step("Copy the programs onto the disk")
    try await disk.mounted(in: workspace) { mounted in
      _ = try await mounted.run(["cp", "--archive", "--no-target-directory", stage, mounted.root])
    }
  }

  /// Gives the system a package repository of its own with these packages, what they need, and the generator that they
  /// replace: its machine reaches no other network than ours.
  public func shelvePackages(_ packages: [String]) async throws {
    narrator.step("Put packages on the disk")
    let script = """
      set -e
      mkdir -p /srv/packages
      cd /srv/packages
      apt-get --quiet --yes --no-install-recommends --download-only -o Dir::Cache::archives=/srv/packages install "$@"
      apt-get --quiet download "$@" initramfs-tools
      rm -rf lock partial
      """
    try await disk.mounted(in: workspace) { mounted in
      try await mounted.mountSystemDirectories()
      try await mounted.chroot(["sh", "-c", script, "sh"] + packages)
      try await mounted.run([
        "sh", "-c", "cd \"$1\"/srv/packages && dpkg-scanpackages --multiversion . > Packages", "sh",
        mounted.root,
      ])
      try await mounted.run([
        "sh", "-c", "rm -f \"$1\"/etc/apt/sources.list.d/*; rm -rf \"$1\"/var/lib/apt/lists/*", "sh",
        mounted.root,
      ])
      try HostFile.write(
        "deb [trusted=yes] file:/srv/packages ./\n", to: mounted.hostPath("/etc/apt/sources.list"))
      try await mounted.chroot(["apt-get", "--quiet", "update"])
    }
  }

  /// Starts the target from its own disk, runs commands in its system one after the other, and switches it off.
  ///
  /// - Returns: how the system was booted, and what the commands printed.
  /// - Throws: `LabError` where a command ends with another status than 0.
  @discardableResult
  public func runLocally(_ commands: String...) async throws -> (verdict: Verdict, output: String) {
    try await runLocally(commands)
  }

  /// The same with a list of commands.
  func runLocally(_ commands: [String]) async throws -> (verdict: Verdict, output: String) {
    try await withTarget { target in
      let shell = try await waitForSystem(target)
      var output = ""
      for command in commands {
        narrator.step("On the running system: `\(command)`")
        output += try await shell.run(command, within: .seconds(1200))
      }
      try shell.powerOff()
      try await target.waitUntilOff(within: .seconds(240))
      return (shell.verdict, output)
    }
  }

  /// Runs `ramdisk-install` on the running system, once for each list of arguments.
  ///
  /// - Returns: how the system was booted, and what was printed, as the disk has it: a serial line may say a letter twice.
  func runInstallerLocally(_ commands: [[String]]) async throws -> (verdict: Verdict, printed: String) {
    let log = "/var/log/lab-installer.log"
    let lines = commands.map {
      "(set -o pipefail; ramdisk-install \($0.joined(separator: " ")) 2>&1 | tee -a \(log))"
    }
    let verdict = try await runLocally(["rm -f \(log)"] + lines).verdict
    return (verdict, try await read([log])[0])
  }

  /// Reads files of the disk's system.
  public func read(_ paths: [String]) async throws -> [String] {
    try await disk.mounted(in: workspace) { mounted in
      try paths.map { try HostFile.read(mounted.hostPath($0)) }
    }
  }
}
