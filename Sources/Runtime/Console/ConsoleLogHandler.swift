import Logging

/// Log messages of the services become lines on the console.
public struct ConsoleLogHandler: LogHandler {
  private let console: Console
  private let label: String
  public var metadata: Logger.Metadata = [:]
  public var logLevel: Logger.Level

  public init(label: String, console: Console, level: Logger.Level) {
    self.label = label
    self.console = console
    logLevel = level
  }

  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  public func log(event: LogEvent) {
    let all = metadata.merging(event.metadata ?? [:]) { $1 }
    let details = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
    let severity = event.level >= .warning ? "\(event.level): " : ""
    console.say("\(label): \(severity)\(event.message)\(details)")
  }
}
