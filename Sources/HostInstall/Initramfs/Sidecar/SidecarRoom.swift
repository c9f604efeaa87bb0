/// What must be free before a second image is built while a kernel is installed: the next kernel of the system itself
/// still has to find room, or its installation would fail because of us.
struct SidecarRoom {
  let root: HostRoot
  /// All that are there.
  let kernels: [KernelFacts]

  /// No real file is larger; sums of such sizes fit.
  private static let largest = 1 << 50

  /// - Parameter images: the second images that are there.
  /// - Returns: bytes for the image of a kernel, and for the largest kernel with its own image besides.
  func wanted(for kernel: KernelFacts, images: [String]) throws -> Int {
    let own = try sizes(kernels.map(\.initramfs)).max() ?? 0
    let image = try sizes(images).max() ?? own * SpaceStep.growth
    let reserve = try own + (sizes(kernels.map(\.image)).max() ?? 0)
    // Built beside the one that it replaces, which then goes.
    let replaced = try sizes([SidecarImages.path(kernel.version)])[0]
    return image + max(0, reserve - replaced)
  }

  /// In bytes; 0 of what is not there.
  private func sizes(_ paths: [String]) throws -> [Int] {
    try paths.map { min(SidecarRoom.largest, Int(try Files.status(root.resolve($0))?.st_size ?? 0)) }
  }
}

/// There is no room for a second image.
struct SidecarShortage: Hashable, CustomStringConvertible {
  let kernel: String
  /// In bytes.
  let free: Int
  let wanted: Int

  var description: String {
    "kernel \(kernel) gets no second initramfs image: \(free >> 20) MiB are free in \(SidecarImages.directory), and \(wanted >> 20) MiB are needed for it and for the system's next kernel: remove old kernels, then run 'ramdisk-install update'"
  }
}
