import Linux
import SiteConfig

/// The file with the site configuration.
public enum SiteFile {
  /// Reads and checks a site.
  ///
  /// - Throws: `SystemError` if it cannot be read, `SiteErrors` with everything that is wrong in it.
  public static func read(_ path: String) throws -> Site {
    // A config is a few kilobytes; a megabyte is no config.
    let bytes = try readFile(path, limit: 1 << 20)
    return try Site.parse(text: String(decoding: bytes, as: UTF8.self), fileName: path)
  }
}
