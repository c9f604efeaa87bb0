/// Which compressed modules a kernel unpacks by itself as it loads them (finit_module(2), MODULE_INIT_COMPRESSED_FILE).
///
/// Modules that stay compressed take a quarter of the memory: the ramdisk holds them all, for devices that may come.
enum ModuleCompression {
  /// The suffix of such modules' names; nil where the kernel wants them plain, as all before Linux 5.17.
  ///
  /// - Parameter configuration: the kernel's `.config`.
  static func suffix(configuration: String) -> String? {
    let lines = Set(configuration.split(separator: "\n"))
    guard lines.contains("CONFIG_MODULE_DECOMPRESS=y") else { return nil }
    // A kernel has the decompressor of one kind only.
    let kinds = [("GZIP", ".gz"), ("XZ", ".xz"), ("ZSTD", ".zst")]
    return kinds.first { lines.contains("CONFIG_MODULE_COMPRESS_\($0.0)=y") }?.1
  }
}
