import BootMenu

/// An entry of the Boot Loader Specification, type 1: a file in `loader/entries`.
///
/// It is written for the weakest of its readers, GRUB's `blscfg` of Fedora: one space between key and value, no empty
/// line, no key without a value.
struct LoaderEntryFile: Hashable, Sendable {
  /// How the entry is called: sorts below a machine's identifier and the names that distributions use, by the rules of
  /// rpm, of systemd-boot and of GRUB; and `kernel-install` and `grubby`, which go by the machine's identifier, do not
  /// take it for theirs.
  static let name = "AA_iscsi_target_ramdisk-0-1"
  static let previousName = "AA_iscsi_target_ramdisk-0-0"
  /// Sorts after the names of distributions.
  static let sortKey = "zz-iscsi-target-ramdisk"

  var title: String
  var name: String
  /// nil where other entries have none: those with one come first.
  var sortKey: String?
  var version: String
  /// The payload's directory as seen from the top of the file system that holds the entry.
  var directory: String
  /// Where `site.img` is, which every payload shares.
  var siteDirectory: String
  var parameters: [String]
  /// `grub2-mkconfig` and `grubby --update-kernel=ALL` put the system's command line into every line that begins with
  /// `options`; one that begins with a blank they leave alone, and GRUB reads it all the same.
  var hidesOptions: Bool

  var fileName: String { name + ".conf" }

  var text: String {
    var lines = ["title \(title)", "version \(version)"]
    if let sortKey { lines.append("sort-key \(sortKey)") }
    lines.append("linux \(directory)/\(InstalledPaths.kernel)")
    lines += InstalledPaths.segments.map { name in
      "initrd \(name == "site.img" ? siteDirectory : directory)/\(name)"
    }
    lines.append((hidesOptions ? " " : "") + "options " + parameters.joined(separator: " "))
    return lines.map { $0 + "\n" }.joined()
  }

  /// The entry and, where there is an earlier payload, the one for that.
  static func all(
    directory: String, parameters: [String], hasPrevious: Bool, sortKey: String?, hidesOptions: Bool
  ) -> [LoaderEntryFile] {
    let present = LoaderEntryFile(
      title: "iSCSI Target Ramdisk", name: name, sortKey: sortKey, version: "1", directory: directory,
      siteDirectory: directory, parameters: parameters, hidesOptions: hidesOptions)
    guard hasPrevious else { return [present] }
    var previous = present
    previous.title += " (previous version)"
    previous.name = previousName
    previous.version = "0"
    previous.directory = InstalledPaths.previous(directory)
    return [present, previous]
  }

  /// As a boot menu that follows the specification reads it.
  var parsed: LoaderEntry? { LoaderEntry(fileName: fileName, text: text, variables: [:]) }
}
