/// What depmod knows about the modules of one kernel: the text files beside them (modules.dep(5)).
struct ModuleIndex {
  /// Path below the directory of the modules, and the paths of what it needs, by module name.
  private(set) var modules: [String: (path: String, dependencies: [String])] = [:]
  /// Names of modules that are part of the kernel itself.
  private(set) var builtin: Set<String> = []
  /// What depmod's `softdep` lines ask for, before or after, by module name.
  private var softDependencies: [String: [String]] = [:]
  /// Names of modules by alias; only aliases without wildcards.
  private var aliases: [String: [String]] = [:]

  /// - Parameters:
  ///   - dependencies: text of `modules.dep`.
  ///   - softDependencies: text of `modules.softdep`.
  ///   - aliases: text of `modules.alias`.
  ///   - builtin: text of `modules.builtin`.
  init(dependencies: String, softDependencies: String, aliases: String, builtin: String) {
    for line in dependencies.split(separator: "\n") {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let path = String(line[..<colon])
      let needs = line[line.index(after: colon)...].split(separator: " ").map(String.init)
      modules[Self.name(ofPath: path)] = (path, needs)
    }
    for line in softDependencies.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count > 2, words[0] == "softdep" else { continue }
      self.softDependencies[Self.canonical(words[1]), default: []] +=
        words.dropFirst(2).map(String.init).filter { $0 != "pre:" && $0 != "post:" }
    }
    for line in aliases.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count == 3, words[0] == "alias", !words[1].contains(where: { "*?[".contains($0) }) else {
        continue
      }
      self.aliases[String(words[1]), default: []].append(Self.canonical(words[2]))
    }
    for line in builtin.split(separator: "\n") { self.builtin.insert(Self.name(ofPath: line)) }
  }

  /// A module's name as the kernel has it: no directory, no suffix, underscores.
  static func name(ofPath path: some StringProtocol) -> String {
    let file = path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...]
    return canonical(file.prefix { $0 != "." })
  }

  /// `-` and `_` mean the same in the name of a module.
  static func canonical(_ name: some StringProtocol) -> String {
    String(name.map { $0 == "-" ? "_" : $0 })
  }

  /// The paths of the modules `names` and of everything they need, sorted; and which of `names` this kernel has
  /// neither as a module nor built in.
  func closure(of names: some Sequence<String>) -> (paths: [String], missing: [String]) {
    var paths: Set<String> = []
    var missing: [String] = []
    var visited: Set<String> = []
    var pending: [String] = []
    for name in names.map(Self.canonical) {
      if modules[name] != nil {
        pending.append(name)
      } else if !builtin.contains(name) {
        missing.append(name)
      }
    }
    while let name = pending.popLast() {
      guard visited.insert(name).inserted, let module = modules[name] else { continue }
      paths.insert(module.path)
      pending += module.dependencies.map(Self.name(ofPath:))
      for wanted in softDependencies[name] ?? [] {
        // A soft dependency may name an alias, such as the checksum that any of several drivers computes.
        pending += modules[Self.canonical(wanted)] != nil ? [Self.canonical(wanted)] : aliases[wanted] ?? []
      }
    }
    return (paths.sorted(), missing)
  }
}
