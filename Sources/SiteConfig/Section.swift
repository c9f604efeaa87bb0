/// An object of the config: its keys are described once, for reading, writing and explaining.
protocol Section {
  static var fields: [Field<Self>] { get }
}

/// One key of a section.
struct Field<Owner> {
  let key: String
  /// What it means, for the person who edits the file.
  let help: String
  /// Shown as a comment where the setting is absent.
  let example: String?
  let isRequired: Bool
  let read: (JSON5Node, SettingPath, inout Owner, inout Findings) -> Void
  /// The lines of its value; nil where it is absent.
  let write: (Owner) -> [String]?

  /// A setting that always has a value: its default where the text has none, unless it is `required`.
  init<Value>(
    _ key: String, _ keyPath: WritableKeyPath<Owner, Value>, _ codec: Codec<Value>, required: Bool = false,
    _ help: String
  ) {
    self.key = key
    self.help = help
    example = nil
    isRequired = required
    read = { node, path, owner, findings in
      if let value = codec.read(node, path, &findings) { owner[keyPath: keyPath] = value }
    }
    write = { codec.write($0[keyPath: keyPath]) }
  }

  /// A setting that may be absent.
  init<Value>(
    optional key: String, _ keyPath: WritableKeyPath<Owner, Value?>, _ codec: Codec<Value>, example: String,
    _ help: String
  ) {
    self.key = key
    self.help = help
    self.example = example
    isRequired = false
    read = { node, path, owner, findings in
      if let value = codec.optional.read(node, path, &findings) { owner[keyPath: keyPath] = value }
    }
    write = { $0[keyPath: keyPath].map(codec.write) }
  }
}

extension Field {
  private init(
    key: String, help: String, example: String?, isRequired: Bool,
    read: @escaping (JSON5Node, SettingPath, inout Owner, inout Findings) -> Void,
    write: @escaping (Owner) -> [String]?
  ) {
    self.key = key
    self.help = help
    self.example = example
    self.isRequired = isRequired
    self.read = read
    self.write = write
  }

  /// The same key in an object that contains what it is a key of.
  func inside<Outer>(_ keyPath: WritableKeyPath<Outer, Owner>) -> Field<Outer> {
    Field<Outer>(
      key: key, help: help, example: example, isRequired: isRequired,
      read: { read($0, $1, &$2[keyPath: keyPath], &$3) }, write: { write($0[keyPath: keyPath]) })
  }
}

extension Codec where Value: Section {
  /// An object written with an explanation above each key.
  static func explained(startingFrom initial: Value) -> Codec {
    Codec(
      read: { $0.section(startingFrom: initial, $1, &$2) },
      write: { value in ["{"] + indented(explainedLines(of: value)) + ["}"] })
  }

  /// An object written on one line.
  static func inline(startingFrom initial: Value) -> Codec {
    Codec(
      read: { $0.section(startingFrom: initial, $1, &$2) },
      write: { value in
        let settings = Value.fields.compactMap { field in
          field.write(value).map { "\(field.key): \(inlined($0))" }
        }
        return [settings.isEmpty ? "{}" : "{ \(settings.joined(separator: ", ")) }"]
      })
  }
}

/// Every key of a section, with its explanation.
func explainedLines<Value: Section>(of value: Value) -> [String] {
  Value.fields.flatMap { field in
    comment(field.help)
      + (field.write(value).map { closed(prefixed("\(field.key): ", $0)) }
        ?? ["// \(field.key): \(field.example ?? "null"),"])
  }
}

/// The lines of a list or object as one.
private func inlined(_ lines: [String]) -> String {
  guard lines.count > 2, let open = lines.first, let close = lines.last else { return lines.joined() }
  let inner = lines.dropFirst().dropLast().map { $0.drop { $0 == " " } }.joined(separator: " ")
  return "\(open)\(inner.dropLast())\(close)"
}

extension JSON5Node {
  /// Reads this node as a section; keys that it lacks keep the values of `initial`.
  func section<Value: Section>(
    startingFrom initial: Value, _ path: SettingPath, _ findings: inout Findings
  ) -> Value? {
    guard case .object(let members) = content else {
      findings.addWrongType(self, path, expected: "an object", advice: "Put it in braces: { … }.")
      return nil
    }
    let fields = Value.fields
    var value = initial
    var seen: Set<String> = []
    for member in members {
      guard let field = fields.first(where: { $0.key == member.key }) else {
        let known = fields.map(\.key)
        findings.add(
          path + .key(member.key), member.position, "no such setting",
          nearest(to: member.key, among: known).map { "Did you mean \($0)?" }
            ?? "Settings here are: \(known.joined(separator: ", ")).")
        continue
      }
      if !seen.insert(member.key).inserted { findings.addDuplicate(member, path) }
      field.read(member.value, path + .key(member.key), &value, &findings)
    }
    for field in fields where field.isRequired && !seen.contains(field.key) {
      findings.add(path + .key(field.key), position, "missing", "It has no default. \(field.help)")
    }
    return value
  }
}
