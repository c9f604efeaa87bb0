/// How a sample system was booted, by its own account.
public struct Verdict: Equatable, Sendable {
  /// Partition that holds the root file system: `/dev/sda3`.
  public let root: String
  /// SCSI identification of the disk; empty where it is none.
  public let vendor: String
  public let model: String
  /// What made the initramfs that booted: `dracut` or `initramfs-tools`.
  public let initramfs: String
  /// State of the root file system by its superblock.
  public let state: String
  /// Whether firmware started it by Secure Boot.
  public let isSecure: Bool
  /// Files in /var/lib/lab.
  public let marks: [String]
  public let commandLine: String

  /// Reads what follows the word `lab-verdict`: `name=value` pairs, the command line last.
  init(line: String) {
    var values: [String: String] = [:]
    var rest = Substring(line)
    while let equals = rest.firstIndex(of: "=") {
      let name = String(rest[..<equals])
      let value = rest[rest.index(after: equals)...]
      let end = name == "cmdline" ? value.endIndex : value.firstIndex(of: " ") ?? value.endIndex
      values[name] = String(value[..<end])
      rest = value[end...].drop { $0 == " " }
    }
    root = values["root"] ?? ""
    vendor = values["vendor"] ?? ""
    model = values["model"] ?? ""
    initramfs = values["initramfs"] ?? ""
    state = values["state"] ?? ""
    isSecure = values["secure"] == "1"
    marks = (values["marks"] ?? "").split(separator: ",").map(String.init)
    commandLine = values["cmdline"] ?? ""
  }
}
