import Glibc
import Linux
import Synchronization
import Testing

@testable import HostInstall

/// Power cuts and write errors on real file systems in loop devices, at every place where they could matter.
///
/// A kernel without FAT runs them in a virtual machine: `./test.sh full` does.
@Suite(
  .serialized, .enabled(if: FaultCase.isPossible, "needs root, loop devices, grub-mount: run ./test.sh full"))
struct RealFileSystemTests {
  @Test(arguments: FaultCase.all, FaultCase.Operation.allCases)
  func afterAPowerCutAnywhereItBootsAndTheNextRunSucceeds(
    _ wanted: FaultCase, _ operation: FaultCase.Operation
  ) async throws {
    let disk = try ImagedSystem(wanted.layout, wanted.loader)
    let clean = try disk.system.state()
    try await wanted.prepare(disk.system, operation)
    let witness = try BootWitness(disk.system)
    let before = try witness.state()
    let cuts = Mutex<[(name: String, cut: ImagedSystem.PowerCut)]>([])
    let place: @Sendable (String) throws -> Void = { name in
      try witness.look()
      let cut = try disk.cutPower()
      cuts.withLock { $0.append((name, cut)) }
    }
    try await wanted.run(operation, disk.system, FaultPoints(place))
    try place("the end")
    let after = try witness.state()
    witness.noteAbsent(among: before, after)
    let installed = operation == .install ? after : operation == .uninstall ? before : nil
    let all = cuts.withLock { $0 }
    for (index, (name, cut)) in all.enumerated() {
      let place = "\(wanted): \(operation), cut at place \(index + 1): \(name)"
      for read in try cut.readByGRUB() {
        #expect(witness.problems(read, installed: installed) == [], "\(place)")
        guard index == all.count - 1 else { continue }
        #expect(after.filter { read[$0]?.digest != $1.digest }.keys.sorted() == [], "\(place)")
      }
      let restarted = try cut.restart()
      let left = try await wanted.finish(restarted.system, clean, completes: index % 2 == 0)
      #expect(left == [], "\(place)")
      try restarted.remove()
    }
    try disk.remove()
    print("\(wanted): \(operation): the power was cut at \(all.count) places")
  }

  @Test(arguments: FaultCase.all, FaultCase.Operation.allCases)
  func afterAWriteErrorAnywhereItBootsAndTheNextRunSucceeds(
    _ wanted: FaultCase, _ operation: FaultCase.Operation
  ) async throws {
    for fault in wanted.faults {
      var number = 1
      while try await strike(wanted, operation, fault, at: number) { number += 1 }
      #expect(number > 10)
      print("\(wanted): \(operation): the disk was \(fault) at \(number - 1) places")
    }
  }

  /// Names are exchanged in two sectors of a directory: a power cut between them leaves both with the same clusters.
  @Test(.enabled(if: FileSystemKind.vfat.isKnown, "needs FAT: run ./test.sh full"))
  func namesThatACutLeftWithTheSameClustersAreNotRemoved() throws {
    let disk = try ImagedSystem(["/": .ext4, "/boot/efi": .vfat], .systemdBoot)
    let image = try #require(disk.image(of: "/boot/efi"))
    let path = image.mountPoint + "/wanted"
    let temporary = AtomicFile.temporaryPath(for: path)
    // Those in between put the second name into another sector.
    try shell(
      "printf old >\"$1\"; for n in $(seq 40); do : >\"$1-$n\"; done; printf new >\"$2\"", path, temporary)
    try settleFileSystem(of: image.mountPoint)
    let before = try Files.read(image.path)
    #expect(!FAT.sharesClusters(path, temporary))
    try exchangeNames(temporary, path)
    try settleFileSystem(of: image.mountPoint)
    let after = try Files.read(image.path)
    try image.unmount()
    let sectors = (0..<before.count / 512).filter {
      before[$0 * 512..<($0 + 1) * 512] != after[$0 * 512..<($0 + 1) * 512]
    }
    try #require(sectors.count == 2)
    for (sector, content) in [(sectors[0], "old"), (sectors[1], "new")] {
      var torn = after
      torn.replaceSubrange(sector * 512..<(sector + 1) * 512, with: before[sector * 512..<(sector + 1) * 512])
      try AtomicFile.write(torn, to: image.path, AtomicFile.Metadata(mode: 0o600))
      try image.mount()
      #expect(FAT.sharesClusters(path, temporary))
      let error = #expect(throws: SystemError.self) { try AtomicFile.removeTemporary(for: path) }
      #expect(error?.errno == EUCLEAN)
      #expect(Files.text(path) == content && Files.text(temporary) == content)
      try image.unmount()
    }
    try image.mount()
    try disk.remove()
  }

  /// - Returns: whether there was a place with that number.
  private func strike(
    _ wanted: FaultCase, _ operation: FaultCase.Operation, _ fault: FileSystemFault, at number: Int
  ) async throws -> Bool {
    let disk = try ImagedSystem(wanted.layout, wanted.loader)
    let clean = try disk.system.state()
    try await wanted.prepare(disk.system, operation)
    let image = try #require(disk.image(of: wanted.struck))
    let witness = try BootWitness(disk.system)
    let before = try witness.state()
    let counter = PlaceCounter()
    let faults = FaultPoints { name in
      let place = counter.pass(name)
      if place <= number { try witness.look() }
      if place == number { try fault.strike(image) }
    }
    do { try await wanted.run(operation, disk.system, faults) } catch is InstallFailure {}
    let isStruck = counter.count >= number
    if isStruck {
      let place = "\(wanted): \(operation), \(fault) at place \(number): \(counter.name(number))"
      let cut = try disk.cutPower()
      try fault.heal(image)
      try witness.look()
      witness.noteAbsent(among: before, try witness.state())
      let problems = try cut.readByGRUB().flatMap { witness.problems($0, installed: nil) }
      #expect(problems == [], "\(place)")
      try cut.remove()
      let left = try await wanted.finish(disk.system, clean, completes: number % 2 == 0)
      #expect(left == [], "\(place)")
    }
    try disk.remove()
    return isStruck
  }
}
