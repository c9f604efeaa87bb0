import Glibc
import SystemPackage
import Testing

@testable import PayloadImage

@Suite struct SiteSegmentTests {
  let config = Array("{ version: 1, /* secret */ }\n".utf8)

  @Test func holdsTheConfigurationForRootOnly() throws {
    let segment = try SiteSegment.encoded(config: config)
    let entries = try NewcReader.read(segment).entries
    #expect(
      entries == [.directory("etc"), .file("etc/iscsi-target-ramdisk.json5", permissions: 0o600, config)])
    #expect(try SiteSegment.config(in: segment) == config)
  }

  @Test func isWrittenForRootOnlyWhateverWasThere() async throws {
    try await withTemporaryDirectory { directory in
      let path = directory.appending("site.img")
      try Files.replace(path, permissions: 0o644, with: [1, 2, 3])
      try SiteSegment.write(config: config, to: path)
      var status = stat()
      #expect(lstat(path.string, &status) == 0)
      #expect(status.st_mode & 0o7777 == 0o600)
      #expect(try SiteSegment.config(in: Files.read(path)) == config)
      #expect(access(path.string + ".new", F_OK) != 0)
    }
  }

  @Test func anArchiveWithoutConfigurationIsRefused() throws {
    let segment = try Archive([.file("init", [])]).encoded()
    #expect(throws: ArchiveError.self) { try SiteSegment.config(in: segment) }
  }
}
