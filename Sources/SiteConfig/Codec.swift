/// What is wrong with a value, and what to do about it.
struct Complaint {
  let message: String
  let advice: String

  init(_ message: String, _ advice: String) {
    self.message = message
    self.advice = advice
  }
}

/// How one kind of value is read from a config, checked, and written into one.
struct Codec<Value> {
  /// The value at a node; nil after a finding was added.
  let read: (JSON5Node, SettingPath, inout Findings) -> Value?
  /// JSON5 for the value, as lines without indentation that follow `key: `.
  let write: (Value) -> [String]
}

extension Codec {
  /// nil, written `null` or left out, besides what this codec reads.
  var optional: Codec<Value?> {
    Codec<Value?>(
      read: { node, path, findings in
        if case .null = node.content { return .some(nil) }
        return read(node, path, &findings).map { .some($0) }
      },
      write: { $0.map(write) ?? ["null"] })
  }

  /// A list of such values, one a line.
  var list: Codec<[Value]> {
    Codec<[Value]>(
      read: { node, path, findings in
        guard case .array(let elements) = node.content else {
          findings.addWrongType(node, path, expected: "a list", advice: "Put it in brackets: [ … ].")
          return nil
        }
        let values = elements.enumerated().map { read($1, path + .index($0), &findings) }
        return values.contains { $0 == nil } ? nil : values.compactMap { $0 }
      },
      write: { values in
        values.isEmpty ? ["[]"] : ["["] + values.flatMap { indented(closed(write($0))) } + ["]"]
      })
  }

  /// Such values by name, in the order of their names.
  func keyed(by check: @escaping (String) -> Complaint?) -> Codec<[String: Value]> {
    Codec<[String: Value]>(
      read: { node, path, findings in
        guard case .object(let members) = node.content else {
          findings.addWrongType(node, path, expected: "an object", advice: "Put it in braces: { … }.")
          return nil
        }
        var values: [String: Value] = [:]
        for member in members {
          if let complaint = check(member.key) {
            findings.add(path + .key(member.key), member.position, complaint.message, complaint.advice)
          } else if values[member.key] != nil {
            findings.addDuplicate(member, path)
          }
          values[member.key] = read(member.value, path + .key(member.key), &findings)
        }
        return values
      },
      write: { values in
        let lines = values.sorted { $0.key < $1.key }.flatMap { key, value in
          indented(closed(prefixed(quoted(key) + ": ", write(value))))
        }
        return lines.isEmpty ? ["{}"] : ["{"] + lines + ["}"]
      })
  }
}

extension Codec where Value == String {
  /// A text that passes a check.
  static func text(_ check: @escaping (String) -> Complaint? = { _ in nil }) -> Codec {
    Codec(
      read: { node, path, findings in
        guard case .string(let literal) = node.content else {
          findings.addWrongType(node, path, expected: "a text", advice: "Put it in quotes.")
          return nil
        }
        guard let text = JSON5Scalar.text(literal) else {
          findings.add(path, node.position, "not a valid text", "Look for a wrong backslash in it.")
          return nil
        }
        guard let complaint = check(text) else { return text }
        findings.add(path, node.position, complaint.message, complaint.advice)
        return nil
      },
      write: { [quoted($0)] })
  }
}

extension Codec where Value == Int {
  /// A whole number within a range; `advice` says which one to take.
  static func integer(_ range: ClosedRange<Int>, _ advice: String) -> Codec {
    Codec(
      read: { node, path, findings in
        guard case .number(let literal) = node.content else {
          findings.addWrongType(node, path, expected: "a number", advice: advice)
          return nil
        }
        guard let number = JSON5Scalar.integer(literal), range.contains(number) else {
          let text = String(decoding: literal.prefix(40), as: UTF8.self)
          findings.add(
            path, node.position,
            "\(text) is not a whole number from \(range.lowerBound) to \(range.upperBound)",
            advice)
          return nil
        }
        return number
      },
      write: { [String($0)] })
  }
}

extension Codec where Value == Bool {
  /// `true` or `false`.
  static var boolean: Codec {
    Codec(
      read: { node, path, findings in
        guard case .boolean(let literal) = node.content else {
          findings.addWrongType(node, path, expected: "true or false", advice: "Write it without quotes.")
          return nil
        }
        return literal.elementsEqual("true".utf8)
      },
      write: { [String($0)] })
  }
}

extension Codec where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
  /// One of the names of an enumeration.
  static var choice: Codec {
    let names = Value.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
    return Codec(
      read: { node, path, findings in
        guard let text = Codec<String>.text().read(node, path, &findings) else { return nil }
        if let value = Value(rawValue: text) { return value }
        let guess = nearest(to: text, among: Value.allCases.map(\.rawValue))
        findings.add(
          path, node.position, "\(quoted(text)) is not one of \(names)",
          guess.map { "Did you mean \"\($0)\"?" } ?? "Use one of them.")
        return nil
      },
      write: { [quoted($0.rawValue)] })
  }
}

extension Findings {
  mutating func addWrongType(_ node: JSON5Node, _ path: SettingPath, expected: String, advice: String) {
    add(path, node.position, "\(node.kind) where \(expected) is expected", advice)
  }

  mutating func addDuplicate(_ member: JSON5Node.Member, _ path: SettingPath) {
    add(path + .key(member.key), member.position, "set a second time", "Keep one of the two.")
  }
}
