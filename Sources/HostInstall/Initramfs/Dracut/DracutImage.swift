/// What is inside an image, as `lsinitrd` lists it. dracut's exit code says nothing about it.
struct DracutImage: Hashable {
  /// dracut modules.
  var modules: Set<String> = []
  /// Names of files, without their directories.
  var files: Set<String> = []

  static func inspect(_ path: String, _ runner: any CommandRunner) async throws -> DracutImage {
    DracutImage(listing: try await runner.run(Command(["lsinitrd", path])).output)
  }

  /// The command that makes one in the file `path`.
  static func build(_ version: String, as path: String, _ options: [String] = []) -> Command {
    Command(
      ["dracut", "--force", "--kver", version] + options + [path],
      // Debian 13's dracut would have systemd-boot start the file that this is, before anybody looked into it.
      environment: ["NO_POST_UPDATE_HOOKS": "1"])
  }

  /// Parses the listing: the names of modules stand between `dracut modules:` and a line of `=`, then follow files as
  /// `ls -l` shows them.
  init(listing: String) {
    var inModules = false
    for line in listing.split(separator: "\n") {
      if line.hasPrefix("dracut modules:") {
        inModules = true
      } else if line.hasPrefix("===") {
        inModules = false
      } else if inModules {
        modules.insert(String(line))
      } else if let first = line.first, "-lc".contains(first) {
        let name = line.prefix { $0 != ">" }.split(separator: " ")
        let path = line.contains(" -> ") ? name.dropLast().last : name.last
        if let path { files.insert(Files.name(String(path))) }
      }
    }
  }

  /// What an image needs to boot over iSCSI and lacks, in words.
  func missing(_ root: RootStack, builtIn: Set<String>) -> [String] {
    var missing: [String] = []
    for module in ["iscsi", "network"] + root.dracutModules where !modules.contains(module) {
      missing.append("dracut's module \(module)")
    }
    for names in [["iscsid"], ["iscsiadm"], ["mount"]] + root.programs where files.isDisjoint(with: names) {
      missing.append("the program \(names.joined(separator: " or "))")
    }
    let kernelModules = Set(files.map(DracutImage.moduleName))
    for module in ["iscsi_tcp"] + root.kernelModules
    where !kernelModules.contains(module) && !builtIn.contains(module) {
      missing.append("the kernel module \(module)")
    }
    return missing
  }

  /// The modules that are part of a kernel, by the list in the directory of its modules.
  static func builtIn(_ directory: String, _ root: HostRoot) -> Set<String> {
    let text = Files.text(root.resolve(directory + "/modules.builtin")) ?? ""
    return Set(text.split(separator: "\n").map { moduleName(String($0)) })
  }

  /// `kernel/fs/ext4/ext4.ko.xz` is module `ext4`.
  static func moduleName(_ path: String) -> String {
    let name = Files.name(path)
    guard let end = name.firstRange(of: ".ko")?.lowerBound else { return name }
    return String(name[..<end]).replacing("-", with: "_")
  }
}
