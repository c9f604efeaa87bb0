import CLinux
import Glibc
import Linux

extension OverlaySet {
  /// Makes the overlay of an initiator, or finds the one in its file.
  func open(_ initiator: String) throws(BlockStoreError) -> Overlay {
    switch options.place {
    case .memory:
      let layer: OverlayLayer
      do {
        layer = OverlayLayer(memory: try OverlayMemory.make(count: Overlay.blockCount(of: base.byteCount)))
      } catch { throw .failed(error) }
      return try Overlay(
        base: base, initiator: initiator, layer: layer, limit: options.limit, budget: options.budget)
    case .directory(let directory):
      guard let path = path(of: initiator) else {
        let length = UInt64(Overlay.blockCount(of: base.byteCount)) * UInt64(Overlay.blockLength)
        let layer: OverlayLayer
        do { layer = try OverlayLayer.inNamelessFile(of: directory, length: length) } catch {
          throw .failed(error)
        }
        return try Overlay(base: base, initiator: initiator, layer: layer, limit: options.limit)
      }
      let header = try header(of: initiator)
      let layer = try OverlayFile.open(path, expecting: header)
      return try Overlay(
        base: base, initiator: initiator, layer: layer, file: OverlayFile(path: path, header: header),
        limit: options.limit)
    }
  }

  /// The overlay in the file of an initiator, to commit it: that one commit was interrupted does not matter.
  func reopen(_ initiator: String) throws(BlockStoreError) -> Overlay? {
    guard let path = path(of: initiator), access(path, F_OK) == 0 else { return nil }
    let (file, descriptor) = try OverlayFile.open(path)
    let layer = OverlayLayer(
      file: OwnedDescriptor(owning: descriptor), name: path, dataOffset: file.header.dataOffset)
    var found = file.header
    if found.state == .committing {
      found.state = .inUse
      found.baseModification = try base.modification()
    }
    if let problem = found.mismatch(with: try header(of: initiator)) {
      throw .overlay(path: path, problem: problem.text)
    }
    return try Overlay(base: base, initiator: initiator, layer: layer, file: file)
  }

  /// What the file of an initiator's overlay has to say.
  private func header(of initiator: String) throws(BlockStoreError) -> OverlayHeader {
    OverlayHeader(
      lun: lun, initiator: initiator, serialNumber: base.identity.serialNumber, baseLength: base.byteCount,
      baseModification: try base.modification())
  }

  /// The file that keeps the overlay of an initiator; nil where overlays end with this process.
  func path(of initiator: String) -> String? {
    guard case .directory(let directory) = options.place, options.lifetime == .always else { return nil }
    return "\(directory)/\(Self.fileName(lun: lun, initiator))"
  }

  static let fileSuffix = ".overlay"

  /// A name that is a file's whatever the initiator calls itself; what it says is in the header.
  static func fileName(lun: Int, _ initiator: String) -> String {
    let plain = initiator.utf8.map { byte in
      switch byte {
      case 0x30...0x39, 0x61...0x7A, 0x41...0x5A, 0x2D, 0x2E, 0x3A: String(UnicodeScalar(byte))
      default: "%" + String(byte, radix: 16)
      }
    }.joined()
    // A name of a file has 255 bytes at most: long ones go on with a hash.
    let name =
      plain.utf8.count <= 200
      ? plain : "\(plain.prefix(180))%\(BlockStoreIdentity(seed: initiator).serialNumber)"
    return "lun\(lun)-\(name)\(fileSuffix)"
  }

  /// The overlays of this unit in files of the directory.
  func files() -> [OverlayStatus] {
    guard case .directory(let directory) = options.place, options.lifetime == .always else { return [] }
    let names = (try? directoryEntries(directory)) ?? []
    return names.filter { $0.hasPrefix("lun\(lun)-") && $0.hasSuffix(Self.fileSuffix) }.compactMap { name in
      let path = "\(directory)/\(name)"
      guard let descriptor = try? OwnedDescriptor(path: path, flags: O_RDONLY | O_NOFOLLOW) else {
        return nil
      }
      var status = stat()
      guard fstat(descriptor.number, &status) == 0 else { return nil }
      var overlay = OverlayStatus(
        initiator: String(name.dropFirst("lun\(lun)-".count).dropLast(Self.fileSuffix.count)),
        usedBytes: UInt64(clamping: status.st_blocks) * 512, isInUse: false,
        isPersistent: true, problem: nil)
      do throws(BlockStoreError) {
        let found = try OverlayFile.read(descriptor.number, path)
        overlay.initiator = found.initiator
        overlay.problem = found.mismatch(with: try header(of: found.initiator))?.text
      } catch { overlay.problem = error.description }
      return overlay
    }
  }
}

extension BlockStore {
  /// When the content of a file was changed last, in nanoseconds since 1970; 0 for a device, which does not tell.
  func modification() throws(BlockStoreError) -> Int64 {
    guard kind == .regularFile else { return 0 }
    var time: Int64 = 0
    do {
      try syscall("ask when \(path) was changed") { clinux_modification_time(descriptor, &time) }
    } catch { throw .failed(error) }
    return time
  }

  /// Runs `body` with this store, which others may read, opened for writing and kept from everyone else.
  func whileClaimedForWriting(_ body: (BlockStore) throws(BlockStoreError) -> Void) throws(BlockStoreError) {
    do { try syscall("lock \(path)") { flock(descriptor, LOCK_EX | LOCK_NB) } } catch {
      guard error.errno == EWOULDBLOCK else { throw .cannotOpen(error) }
      throw .inUse(path: path, by: ["another program reads it"])
    }
    defer { flock(descriptor, LOCK_SH) }
    // Our own claim keeps others away; this second opening must not be refused because of it.
    let target = try BlockStore.open(
      path: path,
      options: BlockStoreOptions(
        mode: .readWrite, claim: .sharedDespiteOthers(confirmedPath: path), fileBlockLength: blockLength))
    try body(target)
  }
}
