/// A profile's text as JSON values, so that one can be made of another.
indirect enum ProfileDocument: Codable, Hashable {
  case object([String: ProfileDocument])
  case array([ProfileDocument])
  case text(String)
  /// Takes a key of the profile that is extended away.
  case null

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let members = try? container.decode([String: ProfileDocument].self) {
      self = .object(members)
    } else if let elements = try? container.decode([ProfileDocument].self) {
      self = .array(elements)
    } else {
      self = .text(try container.decode(String.self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .object(let members): try container.encode(members)
    case .array(let elements): try container.encode(elements)
    case .text(let text): try container.encode(text)
    case .null: try container.encodeNil()
    }
  }

  /// The value of a key that holds a text.
  func text(_ key: String) -> String? {
    guard case .object(let members) = self, case .text(let text)? = members[key] else { return nil }
    return text
  }

  /// With everything that `other` says instead of what this one says: objects member by member, all else as a whole.
  func overridden(by other: ProfileDocument) -> ProfileDocument {
    guard case .object(var members) = self, case .object(let others) = other else { return other }
    for (key, value) in others {
      members[key] = value == .null ? nil : (members[key] ?? .object([:])).overridden(by: value)
    }
    return .object(members)
  }

  /// A key that `known` does not have, with those that lead to it.
  func firstKey(missingIn known: ProfileDocument) -> String? {
    guard case .object(let members) = self else { return nil }
    guard case .object(let others) = known else { return members.keys.min() }
    for (key, value) in members.sorted(by: { $0.key < $1.key }) {
      guard let other = others[key] else { return key }
      if let missing = value.firstKey(missingIn: other) { return "\(key).\(missing)" }
    }
    return nil
  }
}
