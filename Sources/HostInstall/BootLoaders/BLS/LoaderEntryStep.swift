/// Entries are put into a directory that a boot loader reads.
struct LoaderEntryStep: InstallStep {
  let context: BootLoaderContext
  /// Directory of the entries in the system.
  let entries: String
  /// The payload's directory, in the system and as the loader sees it.
  let payloadDirectory: String
  let loaderDirectory: String
  let sortKey: String?
  let hidesOptions: Bool
  let loaderName: String

  let id = "loader-entry"
  var title: String { "Add the entry \"iSCSI Target Ramdisk\" to \(loaderName)'s menu" }
  var details: [String] { ["\(entries)/\(LoaderEntryFile.name).conf: sorts after the system's own entries"] }

  func apply(_ step: StepContext) async throws {
    let files = LoaderEntryFile.all(
      directory: loaderDirectory, parameters: context.parameters,
      hasPrevious: context.hasPrevious(payloadDirectory), sortKey: sortKey, hidesOptions: hidesOptions)
    try step.transaction.makeDirectory(entries)
    for file in files.reversed() {
      try step.transaction.write("\(entries)/\(file.fileName)", Array(file.text.utf8))
    }
  }
}
