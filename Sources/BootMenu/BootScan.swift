import Linux

/// One walk over a boot directory.
struct BootScan {
  let tree: RootedDirectory
  /// Directory of the kernels, without a slash at its end: "" or "/boot".
  let directory: String
  let defaults: BootMenu.Defaults
  private(set) var entries: [BootEntry] = []

  private let environment: [String: String]
  private let grubCommandLines: [String: String]
  private let sidecars: SidecarIndex
  private let systemName: String?

  /// Nothing of ours is offered: the ramdisk cannot boot from itself.
  private static let ownDirectory = "iscsi-target-ramdisk"
  /// Entries that a menu can show, and bytes of the small files that are read.
  private static let mostEntries = 64
  private static let smallFile = 1 << 16

  init(tree: RootedDirectory, directory: String, defaults: BootMenu.Defaults) {
    self.directory = Self.locate(directory == "/" ? "" : directory, in: tree)
    self.defaults = defaults
    let roots = Set([self.directory, ""]).sorted(by: >)
    func text(_ paths: [String], limit: Int = Self.smallFile) -> String? {
      for path in paths {
        if let bytes = try? tree.read(path, limit: limit) { return String(decoding: bytes, as: UTF8.self) }
      }
      return nil
    }
    let grub = roots.flatMap { root in ["grub2", "grub"].map { "\(root)/\($0)" } }
    environment = text(grub.map { $0 + "/grubenv" }).map(GrubFiles.environment) ?? [:]
    grubCommandLines =
      text(grub.map { $0 + "/grub.cfg" }, limit: 1 << 20).map(GrubFiles.commandLines) ?? [:]
    sidecars =
      (try? tree.read("\(self.directory)/\(SidecarIndex.path)", limit: 1 << 20))
      .flatMap { try? SidecarIndex(json: $0) } ?? SidecarIndex(kernels: [:])
    // Where the root file system begins: "" or a subvolume of btrfs.
    let top = self.directory.hasSuffix(directory) ? self.directory.dropLast(directory.count) : ""
    systemName = text(["\(top)/etc/os-release", "\(top)/usr/lib/os-release"])
      .flatMap { UnifiedKernelImage.osRelease($0)["PRETTY_NAME"] }
    self.tree = tree
  }

  /// The directory itself or, where the tree has none, that of the first subvolume which has: btrfs is mounted by the
  /// top of its tree, and installers put the system into "@", "root" or the like.
  private static func locate(_ directory: String, in tree: RootedDirectory) -> String {
    if directory.isEmpty || tree.info(directory)?.isDirectory == true { return directory }
    let subvolumes = tree.names(in: "/").map { "/\($0)\(directory)" }
    return subvolumes.first { tree.info($0)?.isDirectory == true } ?? directory
  }

  mutating func run() {
    addLoaderEntries()
    addUnifiedImages()
    addPairs()
    markDefault()
  }

  // MARK: Type 1 entries

  private mutating func addLoaderEntries() {
    var found: [LoaderEntry] = []
    for directory in places("loader/entries") {
      for name in tree.names(in: directory) {
        guard let text = text("\(directory)/\(name)"),
          let entry = LoaderEntry(fileName: name, text: text, variables: environment),
          !found.contains(where: { $0.name == entry.name })
        else { continue }
        found.append(entry)
      }
    }
    for entry in found.sorted(by: { $0.precedes($1) }) { add(entry) }
  }

  private mutating func add(_ entry: LoaderEntry) {
    if let image = entry["uki"] ?? entry["efi"] {
      if let path = locate(image) { addUnifiedImage(path, title: entry["title"], id: entry.name) }
      return
    }
    guard let kernel = entry["linux"].flatMap({ locate($0) }).flatMap({ file($0) }) else { return }
    // Fedora writes several images on one line, the specification one a line.
    let initrds = entry.all("initrd").flatMap { $0.split(separator: " ") }
      .map { locate(String($0)).flatMap { file($0) } }
    guard !initrds.contains(where: { $0 == nil }) else { return }
    add(
      id: entry.name, title: entry["title"] ?? systemName ?? "Linux", version: entry["version"] ?? "",
      kernel: kernel, initrds: initrds.compactMap { $0 },
      commandLine: entry.all("options").joined(separator: " "))
  }

  // MARK: Unified kernel images

  private mutating func addUnifiedImages() {
    for directory in places("EFI/Linux") + places("efi/EFI/Linux") {
      let names = tree.names(in: directory).filter { $0.lowercased().hasSuffix(".efi") }
      for name in names.sorted(by: { VersionOrder.precedes($1, $0) }) {
        addUnifiedImage("\(directory)/\(name)", title: nil, id: String(name.dropLast(4)))
      }
    }
  }

  private mutating func addUnifiedImage(_ path: String, title: String?, id: String) {
    guard let file = try? tree.open(path), let info = RootedDirectory.info(file), info.isRegular,
      let image = UnifiedKernelImage(
        size: info.size, read: { (try? file.read(at: $0, count: $1, name: path)) ?? [] }),
      let kernel = image.kernel
    else { return }
    func text(_ section: String) -> String {
      guard let part = image[section],
        let bytes = try? file.read(
          at: part.offset, count: Int(min(part.size, UInt64(Self.smallFile))), name: path)
      else { return "" }
      return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    let system = UnifiedKernelImage.osRelease(text(".osrel"))
    add(
      id: id, title: title ?? system["PRETTY_NAME"] ?? id,
      version: String(text(".uname")[...].trimmed).split(whereSeparator: \.isNewline).first.map(String.init)
        ?? system["VERSION_ID"] ?? "",
      kernel: BootFile(path: path, offset: kernel.offset, size: kernel.size),
      initrds: image.initrds.map { BootFile(path: path, offset: $0.offset, size: $0.size) },
      commandLine: text(".cmdline").split(whereSeparator: \.isNewline).joined(separator: " "))
  }

  // MARK: Pairs of files

  private mutating func addPairs() {
    let names = tree.names(in: directory.isEmpty ? "/" : directory)
    let present = Set(names)
    let microcode = ["intel-ucode.img", "amd-ucode.img"].compactMap {
      present.contains($0) ? file("\(directory)/\($0)") : nil
    }
    let pairs = KernelPair.find(in: names).sorted {
      if $0.isRescue != $1.isRescue { return $1.isRescue }
      return VersionOrder.precedes($1.version, $0.version)
    }
    for pair in pairs {
      guard let kernel = file("\(directory)/\(pair.kernel)"), let initrd = file("\(directory)/\(pair.initrd)")
      else {
        continue
      }
      let isKnown = entries.contains { isSameFile($0.kernel.path, kernel.path) }
      guard !isKnown else { continue }
      let own = defaults.commandLine
      add(
        id: pair.kernel,
        title: [systemName, "Linux \(pair.version)"].compactMap { $0 }.joined(separator: ", "),
        version: pair.version, kernel: kernel, initrds: microcode + [initrd],
        commandLine: own.isEmpty ? grubCommandLines[pair.kernel] ?? "" : own)
    }
  }

  // MARK: Common steps

  private mutating func add(
    id: String, title: String, version: String, kernel: BootFile, initrds: [BootFile], commandLine: String
  ) {
    let isOurs = ([kernel] + initrds).contains {
      $0.path.split(separator: "/").contains(Substring(Self.ownDirectory))
    }
    guard entries.count < Self.mostEntries, kernel.size > 0, !isOurs else { return }
    var entry = BootEntry(
      id: uniqueID(id), title: Self.line(title), version: Self.line(version), kernel: kernel,
      initrds: initrds,
      commandLine: Self.line(commandLine), generator: defaults.generator)
    if let sidecar = sidecars.image(forKernel: kernel.path), fits(sidecar, kernel),
      let initrd = file("\(directory)/\(sidecar.initrd)")
    {
      entry.initrds = [initrd]
      entry.generator = InitramfsGenerator(named: sidecar.generator)
    }
    entries.append(entry)
  }

  /// Whether an image was made for this very kernel, as far as the kernel tells.
  private func fits(_ sidecar: SidecarIndex.Image, _ kernel: BootFile) -> Bool {
    guard let wanted = sidecar.release, let file = try? tree.open(kernel.path) else { return true }
    let release = KernelRelease.read { offset, count in
      (try? file.read(at: kernel.offset &+ offset, count: count, name: kernel.path)) ?? []
    }
    return release == nil || release == wanted
  }

  /// The entry that the disk boots by itself: systemd-boot's `default`, else GRUB's saved one, else the first.
  private mutating func markDefault() {
    var pattern = environment["saved_entry"] ?? ""
    for path in places("loader/loader.conf") {
      for line in (text(path) ?? "").split(whereSeparator: \.isNewline) where line.hasPrefix("default") {
        pattern = String(line.dropFirst("default".count).trimmed)
      }
    }
    let wanted = pattern.hasSuffix(".conf") ? String(pattern.dropLast(5)) : pattern
    let index =
      wanted.isEmpty ? nil : entries.firstIndex { Self.matches($0.id, Self.identifier(wanted, keeping: "*")) }
    if let index = index ?? entries.indices.first { entries[index].isDefault = true }
  }

  /// Whether an identifier fits a pattern in which `*` stands for anything.
  private static func matches(_ id: String, _ pattern: String) -> Bool {
    let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
    guard let first = parts.first, let last = parts.last, parts.count > 1 else { return id == pattern }
    return id.hasPrefix(first) && id.dropFirst(first.count).hasSuffix(last)
  }

  private func places(_ path: String) -> [String] {
    Set(["\(directory)/\(path)", "/\(path)"]).sorted(by: >)
  }

  private func text(_ path: String) -> String? {
    (try? tree.read(path, limit: Self.smallFile)).map { String(decoding: $0, as: UTF8.self) }
  }

  private func file(_ path: String) -> BootFile? {
    tree.info(path).flatMap { $0.isRegular ? BootFile(path: path, size: $0.size) : nil }
  }

  private func isSameFile(_ a: String, _ b: String) -> Bool {
    guard let a = tree.info(a), let b = tree.info(b) else { return false }
    return a.device == b.device && a.inode == b.inode
  }

  /// Where a path of an entry leads: it counts from the root of the file system, as the boot loader sees it, which on
  /// btrfs or with a separate /boot is not the root of the tree.
  private func locate(_ path: String) -> String? {
    var rest = path.split(separator: "/")
    guard !rest.isEmpty, !rest.contains("..") else { return nil }
    while !rest.isEmpty {
      let tail = "/" + rest.joined(separator: "/")
      for candidate in [tail, directory + tail] where tree.info(candidate)?.isRegular == true {
        return candidate
      }
      rest.removeFirst()
    }
    return nil
  }

  private func uniqueID(_ name: String) -> String {
    let id = Self.identifier(name)
    guard entries.contains(where: { $0.id == id }) else { return id }
    return (2...).lazy.map { "\(id)-\($0)" }.first { candidate in !entries.contains { $0.id == candidate } }
      ?? id
  }

  static func identifier(_ name: String, keeping kept: String = "") -> String {
    let characters = name.unicodeScalars.prefix(120).map { scalar -> Character in
      let isKept =
        scalar.isASCII
        && (scalar.properties.isAlphabetic || "0123456789._-\(kept)".unicodeScalars.contains(scalar))
      return isKept ? Character(scalar) : "-"
    }
    let id = String(characters.drop { $0 == "." || $0 == "-" })
    return id.isEmpty ? "entry" : id
  }

  /// One line without control characters and of bounded length.
  private static func line(_ text: String) -> String {
    let scalars = text.unicodeScalars.lazy.map { scalar -> Unicode.Scalar in
      scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || [0x2028, 0x2029].contains(scalar.value)
        ? " " : scalar
    }
    var line = ""
    line.unicodeScalars.append(contentsOf: scalars.prefix(4096))
    return String(line[...].trimmed)
  }
}
