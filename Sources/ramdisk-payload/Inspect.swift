import ArgumentParser
import PayloadImage
import SystemPackage

struct Inspect: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List what a segment holds, or verify a payload directory and say what it is made of.")

  @Argument(help: "A payload directory, or one of the segments or the kernel.")
  var path: String

  func run() async throws {
    let path = FilePath(path)
    if let manifest = try Inspection.manifest(of: path) {
      print("version \(manifest.productVersion), kernel \(manifest.kernelVersion)")
      for file in manifest.files { print("\(file.sha256)  \(file.name)  \(Table.megabytes(file.size))") }
      for package in manifest.packages {
        print("made from \(package.name) \(package.version) (\(package.architecture))")
      }
      for note in manifest.notes { print("note: \(note)") }
      print("every file is as the manifest says")
    } else {
      for line in try await Inspection.lines(of: path) { print(line) }
    }
  }
}
