/// What a unified kernel image is made of: one EFI program that is kernel, initial RAM disk and command line (UAPI.5).
public struct UnifiedKernel: Sendable {
  /// A kernel that is an EFI program (CONFIG_EFI_STUB).
  public var kernel: [UInt8]
  /// Initrd segments in the order in which the kernel unpacks them.
  public var segments: [[UInt8]]
  public var commandLine: String
  /// Text in the form of os-release(5): what boot loaders show as the title.
  public var osRelease: String
  /// Release of the kernel, as `uname -r` shows it.
  public var release: String

  public init(
    kernel: [UInt8], segments: [[UInt8]], commandLine: String, osRelease: String, release: String
  ) {
    self.kernel = kernel
    self.segments = segments
    self.commandLine = commandLine
    self.osRelease = osRelease
    self.release = release
  }

  /// The image.
  ///
  /// Where each part lies is computed from the stub's own headers: behind all of its sections in memory and in the
  /// file. The kernel comes last, because an old one that unpacks itself in place writes beyond its end.
  ///
  /// - Parameter stub: `linuxx64.efi.stub` of systemd-stub(7), or another that finds its parts by section name. A
  ///   signature on it is dropped: it would not be true of the image.
  public func image(stub: [UInt8]) throws(UnifiedKernelError) -> [UInt8] {
    let parsed = try Self.usable(stub)
    return try PEAssembly(stub: parsed).image(adding: parts(machine: parsed.machine))
  }

  private static func usable(_ stub: [UInt8]) throws(UnifiedKernelError) -> PEImage {
    guard let image = PEImage(stub) else { throw .stub("it is no PE32+ file") }
    for taken in [".linux", ".initrd", ".cmdline"] where image.sections.contains(where: { $0.name == taken })
    {
      throw .stub("it already has a section \(taken): it is a whole image")
    }
    return image
  }

  private func parts(machine: Int) throws(UnifiedKernelError) -> [PEAssembly.Part] {
    guard let program = PEImage(kernel) else {
      throw .kernel("it is no PE file: it was built without CONFIG_EFI_STUB")
    }
    guard program.machine == machine else { throw .kernel("it is for another processor than the stub") }
    guard !commandLine.utf8.contains(where: { $0 < 0x20 }) else {
      throw .commandLine("holds a line break or another control character")
    }
    return [
      PEAssembly.Part(name: ".osrel", content: Array(osRelease.utf8)),
      PEAssembly.Part(name: ".cmdline", content: Array(commandLine.utf8)),
      PEAssembly.Part(name: ".uname", content: Array(release.utf8)),
      PEAssembly.Part(name: ".initrd", content: Self.joined(segments)),
      // Newer stubs start the kernel where it lies, and need the room that it asks for.
      PEAssembly.Part(
        name: ".linux", content: kernel, memory: max(program.sizeOfImage, kernel.count), isCode: true),
    ]
  }

  /// Segments in a row, each at a multiple of 4 bytes, where the kernel looks for the next
  /// (Documentation/driver-api/early-userspace/buffer-format).
  public static func joined(_ segments: [[UInt8]]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(segments.reduce(0) { $0 + $1.count + 3 })
    for segment in segments {
      bytes += segment
      bytes += repeatElement(0, count: -bytes.count & 3)
    }
    return bytes
  }
}
