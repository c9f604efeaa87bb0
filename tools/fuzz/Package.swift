// swift-tools-version: 6.2
import PackageDescription

// The protocol cores and their tests alone, as links into the package above: what `./test.sh fuzz` builds optimised.
// The whole package would take many times as long, and the fuzzers need nothing else of it.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

let package = Package(
  name: "protocol-cores",
  targets: ["ISCSI", "SCSI"].flatMap { name -> [Target] in
    [
      .target(name: name, swiftSettings: strict),
      .testTarget(name: "\(name)Tests", dependencies: [.target(name: name)], swiftSettings: strict),
    ]
  }
)
