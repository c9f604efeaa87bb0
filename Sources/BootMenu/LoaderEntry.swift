/// A type 1 entry of the Boot Loader Specification: a file in `loader/entries`, as systemd-boot and Fedora's GRUB
/// read it.
public struct LoaderEntry: Sendable {
  /// Name of the file without `.conf` and without its boot counter.
  public let name: String
  /// A boot counter that has run out: the system did not come up with it.
  let isBad: Bool
  private var values: [String: [String]] = [:]

  /// Bytes of a line and of a whole entry once its variables are replaced: a disk may name a long one often. No kernel
  /// takes a command line half as long.
  private static let (longestLine, longestEntry) = (8192, 1 << 17)

  /// nil for a file name that is none of an entry.
  ///
  /// - Parameter variables: values for `$name` in the text, as GRUB's environment block has them.
  public init?(fileName: String, text: String, variables: [String: String]) {
    guard fileName.hasSuffix(".conf"), fileName.utf8.count > 5 else { return nil }
    let stem = fileName.dropLast(5)
    let counter = stem.lastIndex(of: "+").map { stem[$0...].dropFirst() } ?? ""
    let tries = counter.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    let isCounter = !tries.isEmpty && tries.allSatisfy { Int($0) != nil }
    name = String(isCounter ? stem.dropLast(counter.count + 1) : stem)
    isBad = isCounter && tries.first.map { Int($0) == 0 } == true
    var room = Self.longestEntry
    for line in text.split(whereSeparator: \.isNewline) {
      let line = line.drop { $0 == " " || $0 == "\t" }
      guard !line.hasPrefix("#") else { continue }
      let key = line.prefix { $0 != " " && $0 != "\t" }
      let value = line.dropFirst(key.count).trimmed
      guard !value.isEmpty else { continue }
      let expanded = Self.expand(value, variables, limit: min(room, Self.longestLine))
      room -= expanded.utf8.count
      values[String(key), default: []].append(expanded)
    }
  }

  /// The last value of a key; nil when it is missing or empty.
  public subscript(key: String) -> String? { values[key]?.last }
  /// All values of a key, in their order.
  public func all(_ key: String) -> [String] { values[key] ?? [] }

  /// Fedora's entries hold `$kernelopts`, `$tuned_params` and the like, which GRUB takes from its environment block;
  /// what is not set there is empty.
  ///
  /// - Parameter limit: bytes of a line with variables; what does not fit any more is left out.
  static func expand(_ text: Substring, _ variables: [String: String], limit: Int) -> String {
    func value(_ word: Substring) -> String {
      guard word.first == "$" else { return String(word) }
      var name = word.dropFirst()
      if name.first == "{", name.last == "}" { name = name.dropFirst().dropLast() }
      let isName =
        !name.isEmpty && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
      return isName ? variables[String(name)] ?? "" : String(word)
    }
    guard text.contains("$") else { return String(text) }
    var line = ""
    for word in text.split(separator: " ") {
      let value = value(word)
      guard !value.isEmpty else { continue }
      guard line.utf8.count + 1 + value.utf8.count <= limit else { break }
      line += line.isEmpty ? value : " " + value
    }
    return line
  }

  /// Whether this entry comes before another in a menu: the specification's order.
  public func precedes(_ other: LoaderEntry) -> Bool {
    if isBad != other.isBad { return other.isBad }
    if let key = self["sort-key"], let otherKey = other["sort-key"] {
      if key != otherKey { return key < otherKey }
      let (machine, otherMachine) = (self["machine-id"] ?? "", other["machine-id"] ?? "")
      if machine != otherMachine { return machine < otherMachine }
      let order = VersionOrder.compare(self["version"] ?? "", other["version"] ?? "")
      if order != 0 { return order > 0 }
    } else if (self["sort-key"] == nil) != (other["sort-key"] == nil) {
      return self["sort-key"] != nil
    }
    return VersionOrder.compare(name, other.name) > 0
  }
}

extension Substring {
  /// Without spaces and tabs around it.
  var trimmed: Substring {
    let isBlank = { (character: Character) in character == " " || character == "\t" || character == "\r" }
    var text = self.drop(while: isBlank)
    while let last = text.last, isBlank(last) { text.removeLast() }
    return text
  }
}
