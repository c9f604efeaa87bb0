// swift-tools-version: 6.2
import PackageDescription

/// Every target of ours: Swift 6 language mode, warnings are errors.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let lifecycle = Target.Dependency.product(
  name: "ServiceLifecycle", package: "swift-service-lifecycle")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let histogram = Target.Dependency.product(name: "Histogram", package: "hdrhistogram-swift")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: [.target(name: name)] + dependencies, swiftSettings: strict)
}

let package = Package(
  name: "iscsi-target-ramdisk",
  products: [
    .executable(name: "ramdiskd", targets: ["ramdiskd"]),
    .executable(name: "ramdisk-install", targets: ["ramdisk-install"]),
    .executable(name: "ramdisk-payload", targets: ["ramdisk-payload"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(
      url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
  ],
  targets: [
    // System libraries behind short shims.
    .target(name: "CBlkid", linkerSettings: [.linkedLibrary("blkid")]),
    .target(
      name: "CEfivar", linkerSettings: [.linkedLibrary("efiboot"), .linkedLibrary("efivar")]),
    .target(name: "CLinux"),
    // The archive, not the shared object: ramdisk-install must run where libssl is absent.
    // From Debian 13 on libcrypto compresses, with these two.
    .target(
      name: "COpenSSL",
      linkerSettings: [
        .linkedLibrary(":libcrypto.a"), .linkedLibrary(":libzstd.a"), .linkedLibrary(":libz.a"),
      ]),
    .target(name: "CCRC32C"),
    .target(name: "CUring", linkerSettings: [.linkedLibrary("uring")]),

    // The kernel, the disks, the configuration.
    library("Linux", ["CLinux", system]),
    library("Cryptography", ["COpenSSL"]),
    library("BlockProbe", ["CBlkid", "Linux"]),
    library("SiteConfig", ["Cryptography", "Linux"]),

    // Protocol cores: no I/O, no clock, nothing of ours imported.
    library("ISCSI"),
    library("SCSI"),

    // Services.
    library("BlockStore", ["CUring", "Linux"]),
    library(
      "TargetService",
      ["ISCSI", "SCSI", "BlockStore", "CCRC32C", "Linux", "Cryptography", logging, histogram]),
    library("DHCP", ["Linux", logging]),
    library("TFTP", ["Linux", logging]),
    library("BootMenu", ["SiteConfig", "Linux"]),
    library(
      "NetbootHTTP", ["BootMenu", "SiteConfig", "Cryptography", "Linux", hummingbird, logging]),

    // The runtime and the host side: they do not know each other.
    library(
      "Runtime",
      [
        "SiteConfig", "BlockProbe", "BlockStore", "TargetService", "DHCP", "TFTP", "BootMenu",
        "NetbootHTTP", "Linux", "Cryptography", lifecycle, logging,
      ]),
    library("PayloadImage", ["Cryptography", "Linux", subprocess, system]),
    library(
      "HostInstall",
      [
        "SiteConfig", "BlockProbe", "BootMenu", "PayloadImage", "CEfivar", "Linux", "Cryptography",
        subprocess, system, logging,
      ]),
    library("VirtualLab", ["Linux", subprocess, system]),

    // Executables: arguments and wiring.
    .target(name: "CEarlyProc"),
    .executableTarget(
      name: "ramdiskd", dependencies: ["Runtime", "SiteConfig", "Linux", "CEarlyProc", argumentParser],
      swiftSettings: strict),
    .executableTarget(
      name: "ramdisk-install",
      dependencies: ["HostInstall", "PayloadImage", "VirtualLab", argumentParser],
      swiftSettings: strict),
    .executableTarget(
      name: "ramdisk-payload", dependencies: ["PayloadImage", argumentParser],
      swiftSettings: strict),
    .executableTarget(
      name: "iscsi-load", dependencies: ["ISCSI", "Linux", "CCRC32C", argumentParser], swiftSettings: strict),
    .executableTarget(
      name: "iscsi-cost", dependencies: ["ISCSI", "SCSI", argumentParser], swiftSettings: strict),

    tests("Linux", ["CLinux"]), tests("Cryptography"), tests("BlockProbe", ["Linux"]), tests("SiteConfig"),
    tests("ISCSI"), tests("SCSI"), tests("BlockStore", ["Linux"]),
    tests("TargetService", ["ISCSI", "SCSI", "BlockStore", "CCRC32C"]),
    tests("DHCP", [logging]), tests("TFTP"), tests("BootMenu"), tests("NetbootHTTP", [subprocess]),
    tests("Runtime", ["BlockProbe", "DHCP", "Linux", "SiteConfig", "TFTP"]),
    tests("PayloadImage", [subprocess]),
    tests("HostInstall"), tests("VirtualLab"),
    .testTarget(
      name: "Integration",
      dependencies: [
        "VirtualLab", "Linux", "ISCSI", "TargetService", "BlockStore", "DHCP", "TFTP", "NetbootHTTP",
        "BootMenu", "SiteConfig", "Cryptography", logging, subprocess,
      ],
      swiftSettings: strict),
    .testTarget(name: "EndToEnd", dependencies: ["VirtualLab"], swiftSettings: strict),
  ]
)
