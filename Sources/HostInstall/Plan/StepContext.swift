/// What a step works with.
public struct StepContext {
  let transaction: Transaction
  let facts: HostFacts
  let profile: DistroProfile
  let runner: any CommandRunner
  let packages: (any PackageManager)?
  let report: @Sendable (InstallEvent) -> Void

  var root: HostRoot { transaction.root }
  var journal: Journal { transaction.journal }
}

/// One thing that is done to the system; what it changes goes through the context's transaction.
public protocol InstallStep: Sendable {
  /// Short and stable: `payload`, `packages`.
  var id: String { get }
  /// What is done, as a person says it: "Copy kernel and ramdisk to /boot/iscsi-target-ramdisk".
  var title: String { get }
  /// What exactly will be written or run.
  var details: [String] { get }

  func apply(_ context: StepContext) async throws
}

/// What happens while a plan is carried out.
public enum InstallEvent: Hashable, Sendable {
  case stepStarted(number: Int, of: Int, title: String)
  case stepEnded(seconds: Double)
  /// Something within a step that takes long.
  case progress(String)
  case note(String)
  case warning(String)
  /// Shown once and kept nowhere but in the configuration.
  case secret(name: String, value: String)
}
