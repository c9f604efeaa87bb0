/// One thing that is wrong with a site config, where, and what to do about it.
public struct SiteError: Hashable, Sendable, CustomStringConvertible {
  /// Where in the text; nil for a `Site` that was not read from a text.
  public var position: TextPosition?
  /// Which setting, for example `target.luns[0].disk`; empty for the text as a whole.
  public var setting: String
  /// What is wrong.
  public var message: String
  /// What to do.
  public var advice: String

  /// `12:7: target.port: 70000 is not 1 to 65535. Use 3260.`
  public var description: String {
    let place = position.map { "\($0.line):\($0.column): " } ?? ""
    return place + (setting.isEmpty ? "" : "\(setting): ") + "\(message). \(advice)"
  }
}

/// Everything that is wrong with a site config, in the order of the text.
public struct SiteErrors: Error, Hashable, Sendable, CustomStringConvertible {
  public var fileName: String
  public var errors: [SiteError]

  /// One line for each error, in the form that editors and terminals make clickable: `FILE:LINE:COLUMN: …`.
  public var description: String {
    errors.map { "\(fileName):\($0.position == nil ? " " : "")\($0)" }.joined(separator: "\n")
  }
}

/// Where errors are gathered while a text is read.
struct Findings {
  private(set) var errors: [SiteError] = []

  mutating func add(_ path: SettingPath, _ position: TextPosition?, _ message: String, _ advice: String) {
    errors.append(SiteError(position: position, setting: path.description, message: message, advice: advice))
    paths.append(path)
  }

  private var paths: [SettingPath] = []

  /// Whether something is known to be wrong with this setting, a part of it, or what it is a part of.
  func concern(_ path: SettingPath) -> Bool {
    paths.contains { $0.steps.starts(with: path.steps) || path.steps.starts(with: $0.steps) }
  }
}

/// The way from the root of the config to one setting.
struct SettingPath: Hashable, CustomStringConvertible, ExpressibleByArrayLiteral {
  enum Step: Hashable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    case key(String)
    case index(Int)

    init(stringLiteral key: String) { self = .key(key) }
    init(integerLiteral index: Int) { self = .index(index) }
  }

  var steps: [Step]

  init(_ steps: [Step]) { self.steps = steps }
  init(arrayLiteral steps: Step...) { self.steps = steps }

  static func + (path: SettingPath, step: Step) -> SettingPath { SettingPath(path.steps + [step]) }

  var description: String {
    steps.reduce(into: "") { text, step in
      switch step {
      case .key(let key): text += (text.isEmpty ? "" : ".") + key
      case .index(let index): text += "[\(index)]"
      }
    }
  }

  /// Where this setting stands in a document, or the nearest thing around it that is there.
  func position(in root: JSON5Node) -> TextPosition {
    var node = root
    var position = root.position
    for step in steps {
      switch (step, node.content) {
      case (.key(let key), .object(let members)):
        guard let member = members.first(where: { $0.key == key }) else { return position }
        node = member.value
      case (.index(let index), .array(let elements)) where elements.indices.contains(index):
        node = elements[index]
      default:
        return position
      }
      position = node.position
    }
    return position
  }
}
