import Glibc
import Linux
import SystemPackage

/// What the ramdisk is exported as: one file that boots.
public enum ExportForm: String, Hashable, Sendable, CaseIterable {
  /// A unified kernel image: an EFI program.
  case efi
  /// A CD image for BIOS and UEFI.
  case iso
  /// A disk image for BIOS and UEFI.
  case usb
}

/// Writes the ramdisk, with a site, as one bootable file.
public struct Exporter: Sendable {
  let content: ExportContent
  /// Signs the EFI program; the other forms start by loaders of the distribution, which verify nothing of ours.
  let signingKey: SigningKey?
  /// Asked between steps; true ends the export with nothing left behind.
  let isCancelled: @Sendable () -> Bool

  public init(
    _ content: ExportContent, signingKey: SigningKey? = nil,
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) {
    self.content = content
    self.signingKey = signingKey
    self.isCancelled = isCancelled
  }

  /// Writes the file, readable by its owner only, because the site's secrets are in it. It is made under another name
  /// and renamed when it is whole.
  ///
  /// - Returns: its size in bytes.
  /// - Throws: `ExportError` where something is there already or the host lacks a package; what the tools said.
  public func write(_ form: ExportForm, to path: FilePath) async throws -> Int {
    var status = stat()
    guard lstat(path.string, &status) != 0 else {
      throw ExportError.place("\(path) exists: name another file, or remove it first")
    }
    let parent = path.removingLastComponent()
    // Tools are given this path, too, and must not take it for an option.
    let directory = FilePath(parent.isEmpty ? "." : parent.string)
    guard Files.exists(directory.appending(".")) else {
      throw ExportError.place("there is no directory \(directory): make it first")
    }
    try await requireTools(form)
    return try await Files.withTemporaryDirectory(in: directory) { work in
      let file = work.appending("image")
      try Files.replace(file, permissions: 0o600, with: [])
      try await make(form, at: file, work: work)
      if isCancelled() { throw ExportError.interrupted }
      return try publish(file, as: path)
    }
  }

  private func requireTools(_ form: ExportForm) async throws {
    switch form {
    case .efi:
      _ = try ExportTools.stub()
      try await signingKey?.require()
    case .iso: try await ISOImage.requireTools()
    case .usb: try await USBImage.requireTools()
    }
  }

  private func make(_ form: ExportForm, at file: FilePath, work: FilePath) async throws {
    switch form {
    case .efi:
      try Files.replace(
        file, permissions: 0o600, with: content.unifiedKernel(stub: ExportTools.stub()))
      try await signingKey?.sign(file)
    case .iso: try await ISOImage(content: content, images: images).write(to: file, work: work)
    case .usb: try await USBImage(content: content, images: images).write(to: file, work: work)
    }
  }

  private var images: GRUBImages {
    let number = UInt32.random(in: .min ... .max)
    let digits = String(number, radix: 16)
    return GRUBImages(
      marker: "ramdisk." + String(repeating: "0", count: 8 - digits.count) + digits, content: content)
  }

  /// - Returns: the size in bytes.
  private func publish(_ file: FilePath, as path: FilePath) throws -> Int {
    let image = try FileDescriptor.open(file, .readWrite)
    let size = try image.closeAfter {
      try syscall("set the mode of \(file)") { fchmod(image.rawValue, 0o600) }
      try syscall("flush \(file) to disk") { fsync(image.rawValue) }
      return Int(try image.seek(offset: 0, from: .end))
    }
    try Files.rename(file, to: path)
    return size
  }
}
