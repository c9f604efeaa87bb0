import Linux

/// What depmod(8) wrote about the modules of one kernel: which drive what, and what they need.
public struct ModuleIndex: Sendable {
  private struct Alias {
    var pattern: String
    var module: String
  }

  /// Path of each module relative to the directory, by normalised name.
  private var paths: [String: String] = [:]
  /// Paths of the modules that must be loaded before, nearest last.
  private var dependencies: [String: [String]] = [:]
  private var softDependencies: [String: [String]] = [:]
  private var builtin: Set<String> = []
  /// By the part before the first `:`, so that a PCI device is compared with PCI patterns only.
  private var aliases: [Substring: [Alias]] = [:]

  /// Indexes the text of `modules.dep`, `modules.alias`, `modules.softdep` and `modules.builtin`.
  public init(dependencies: String, aliases: String, softDependencies: String = "", builtin: String = "") {
    for line in dependencies.split(separator: "\n") {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let path = String(line[..<colon])
      let name = Self.name(ofPath: path)
      paths[name] = path
      self.dependencies[name] = line[line.index(after: colon)...].split(separator: " ").reversed()
        .map(String.init)
    }
    for line in aliases.split(separator: "\n") {
      let fields = line.split(separator: " ", omittingEmptySubsequences: true)
      guard fields.count == 3, fields[0] == "alias" else { continue }
      self.aliases[Self.bus(of: fields[1]), default: []].append(
        Alias(pattern: String(fields[1]), module: Self.normalised(fields[2])))
    }
    for line in softDependencies.split(separator: "\n") {
      let fields = line.split(separator: " ", omittingEmptySubsequences: true)
      guard fields.count > 3, fields[0] == "softdep", fields[2] == "pre:" else { continue }
      self.softDependencies[Self.normalised(fields[1])] = fields[3...].prefix { $0 != "post:" }.map(
        String.init)
    }
    self.builtin = Set(builtin.split(separator: "\n").map { Self.name(ofPath: String($0)) })
  }

  /// Indexes `/lib/modules/RELEASE`; files that are missing count as empty.
  public init(directory: String) {
    func text(_ file: String) -> String {
      String(decoding: (try? readFile("\(directory)/\(file)", limit: 1 << 26)) ?? [], as: UTF8.self)
    }
    self.init(
      dependencies: text("modules.dep"), aliases: text("modules.alias"),
      softDependencies: text("modules.softdep"),
      builtin: text("modules.builtin"))
  }

  /// Number of modules that can be loaded.
  public var count: Int { paths.count }

  /// Names of the modules that drive what calls itself `modalias`, or that have this name.
  public func modules(for modalias: String) -> [String] {
    let name = Self.normalised(modalias)
    if paths[name] != nil { return [name] }
    var found: [String] = []
    for key in Set([Self.bus(of: modalias), ""]) {
      for alias in aliases[key] ?? [] where !found.contains(alias.module) {
        if matchesPattern(modalias, alias.pattern) { found.append(alias.module) }
      }
    }
    return found
  }

  /// Relative paths of what must be loaded for a module, in that order, itself last; empty if it is built in or unknown.
  public func loadOrder(of module: String) -> [String] {
    var order: [String] = []
    var visited: Set<String> = []
    visit(Self.normalised(module), &order, &visited)
    return order
  }

  private func visit(_ name: String, _ order: inout [String], _ visited: inout Set<String>) {
    guard visited.insert(name).inserted, !builtin.contains(name), let path = paths[name] else { return }
    for soft in softDependencies[name] ?? [] {
      for module in modules(for: soft) { visit(module, &order, &visited) }
    }
    for dependency in dependencies[name] ?? [] { visit(Self.name(ofPath: dependency), &order, &visited) }
    order.append(path)
  }

  /// `kernel/drivers/net/e1000e/e1000e.ko` is `e1000e`; `-` and `_` are the same in names of modules.
  private static func name(ofPath path: String) -> String {
    let file = path.split(separator: "/").last ?? ""
    return normalised(file.prefix { $0 != "." })
  }

  private static func normalised(_ name: some StringProtocol) -> String {
    String(name.map { $0 == "-" ? "_" : $0 })
  }

  private static func bus(of pattern: some StringProtocol) -> Substring {
    guard let colon = pattern.firstIndex(of: ":") else { return "" }
    let bus = Substring(pattern[..<colon])
    return bus.contains { "*?[".contains($0) } ? "" : bus
  }
}
