import SystemPackage
import Testing

@testable import PayloadImage

@Suite struct ManifestTests {
  let kernel = [UInt8]("kernel".utf8)

  func manifest() throws -> Manifest {
    Manifest(
      productVersion: "1.2.3", kernelVersion: "6.12.1-amd64",
      files: [try .init(describing: kernel, name: "vmlinuz")],
      packages: [.init(name: "ipxe", version: "1.21", architecture: "all", sha256: "00")],
      notes: ["no firmware"])
  }

  @Test func survivesJSONAndKeepsItsBytes() throws {
    let json = try manifest().encoded()
    let read = try Manifest(json: json, from: "manifest.json")
    #expect(read == (try manifest()))
    #expect(try read.encoded() == json)
  }

  @Test func digestIsSHA256() throws {
    #expect(
      try Manifest.File(describing: Array("abc".utf8), name: "x").sha256
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }

  @Test func verifiesFiles() async throws {
    try await withTemporaryDirectory { directory in
      try Files.replace(directory.appending("vmlinuz"), permissions: 0o644, with: kernel)
      try Files.replace(
        directory.appending(Manifest.fileName), permissions: 0o644, with: manifest().encoded())
      try Manifest.read(directory: directory).verify(directory: directory)
    }
  }

  @Test func namesEveryFileThatIsWrong() async throws {
    try await withTemporaryDirectory { directory in
      var manifest = try manifest()
      manifest.files.append(try .init(describing: [1], name: "initrd.img"))
      manifest.files.append(try .init(describing: [1], name: "modules.img"))
      manifest.files.append(try .init(describing: [1], name: "../escape"))
      try Files.replace(directory.appending("vmlinuz"), permissions: 0o644, with: Array("Kernel".utf8))
      try Files.replace(directory.appending("initrd.img"), permissions: 0o644, with: [1, 2])
      let error = try #require(throws: ManifestError.self) { try manifest.verify(directory: directory) }
      guard case .mismatch(_, let problems) = error else {
        Issue.record("unexpected error \(error)")
        return
      }
      #expect(problems.count == 4)
      #expect(problems[0].contains("vmlinuz has been changed"))
      #expect(problems[1] == "initrd.img has 2 bytes instead of 1")
      #expect(problems[2].contains("modules.img: No such file"))
      #expect(problems[3].contains("'../escape' is no path"))
    }
  }

  @Test func refusesWhatItDoesNotKnow() throws {
    #expect(throws: ManifestError.unsupportedFormat(path: "m", version: 2)) {
      try Manifest(json: Array(#"{"formatVersion": 2}"#.utf8), from: "m")
    }
    for text in ["", "{", "[]", #"{"formatVersion": 1}"#] {
      let error = try #require(throws: ManifestError.self) { try Manifest(json: Array(text.utf8), from: "m") }
      guard case .unreadable("m", _) = error else {
        Issue.record("unexpected error \(error)")
        return
      }
    }
  }
}
