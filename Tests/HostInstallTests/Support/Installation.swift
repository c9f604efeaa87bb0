import Glibc
import Synchronization
import Testing

@testable import HostInstall

/// An installer on a fake system, and what it reported.
struct Installation {
  let system: FakeSystem
  let installer: Installer
  let events: Events

  final class Events: Sendable {
    private let list = Mutex<[InstallEvent]>([])
    func add(_ event: InstallEvent) { list.withLock { $0.append(event) } }
    var all: [InstallEvent] { list.withLock { $0 } }
  }

  init(
    _ system: FakeSystem, programs: FakePrograms? = nil, faults: FaultPoints = .none,
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) throws {
    let profiles = try Installation.profiles(system)
    let events = Events()
    self.system = system
    self.events = events
    installer = Installer(
      root: system.root, profiles: profiles, detector: { system.detector(profiles) },
      runner: programs ?? FakePrograms(system, faults: faults), firmware: system.firmware, faults: faults,
      isCancelled: isCancelled,
      report: { events.add($0) })
  }

  /// Debian's profile; of a system whose GRUB reads loader entries with the section that Debian has no use for.
  static func profiles(_ system: FakeSystem) throws -> ProfileDirectory {
    let directory = try sourceProfiles.get()
    guard system.loader == .bls else { return directory }
    return ProfileDirectory(
      directory.profiles.map { profile in
        var profile = profile
        profile.bls = DistroProfile.BLS(entries: ["/boot/loader/entries"])
        return profile
      }, hooks: directory.hooks, predecessor: directory.predecessor)
  }

  /// Read once: the tests that kill an installation at every place make hundreds of them.
  private static let sourceProfiles = Result { try ProfileDirectory(path: profilePath) }

  /// Where the profiles of the source tree are.
  static var profilePath: String {
    Files.parent(Files.parent(Files.parent(Files.parent(#filePath)))) + "/distro"
  }

  func install(
    _ operation: String = "install", initramfs: InstallOptions.InitramfsMode? = nil,
    replacing: Bool = false
  ) async throws {
    var options = InstallOptions(payload: system.payload)
    // The switch is the same whatever the boot loader, but for the copies that systemd-boot starts.
    options.initramfs = initramfs ?? ([.grub, .systemdBoot].contains(system.loader) ? nil : .keep)
    options.replacesPredecessor = replacing
    let plan = try await installer.plan(options)
    try await installer.apply(plan, operation: operation)
  }
}

/// Throws `SimulatedKill` when the place with a number is passed, counted from 1.
func killing(at number: Int) -> (faults: FaultPoints, passed: PlaceCounter) {
  let counter = PlaceCounter()
  return (FaultPoints { name in if counter.pass(name) == number { throw SimulatedKill() } }, counter)
}

/// Kills what `body` does at each place in turn, on a new system each time; it returns what is wrong then.
func atEveryPlace(
  on system: () throws -> FakeSystem, run body: (FakeSystem, FaultPoints) async throws -> [String]
) async throws {
  var number = 1
  while true {
    let (faults, counter) = killing(at: number)
    let system = try system()
    let wrong = try await body(system, faults)
    #expect(wrong == [], "\(system.loader), killed at place \(number): \(counter.name(number))")
    if counter.count < number { break }
    number += 1
  }
  #expect(number > 10)
}

final class PlaceCounter: Sendable {
  private let names = Mutex<[String]>([])
  func pass(_ name: String) -> Int {
    names.withLock {
      $0.append(name)
      return $0.count
    }
  }
  var count: Int { names.withLock { $0.count } }
  /// Name of the place with a number.
  func name(_ number: Int) -> String { names.withLock { $0.count >= number ? $0[number - 1] : "the end" } }
}
