import SystemPackage

/// What a payload is made of, as the files in `payload/` say it. Their form is explained in payload/README.md.
public struct Recipe: Hashable, Sendable {
  /// A module of the kernel that goes into `modules.img`, if the kernel has it.
  struct Module: Hashable, Sendable {
    var name: String
    /// A kernel without it cannot be used.
    var isRequired: Bool
  }

  /// A member of `initrd.img`.
  struct Member: Hashable, Sendable {
    enum Source: Hashable, Sendable {
      case directory
      case link(target: String)
      case characterDevice(major: UInt32, minor: UInt32)
      /// The first of several paths that the package has.
      case file(package: String, paths: [String])
    }
    var path: String
    var permissions: UInt32
    var source: Source
  }

  /// Stands for a package in `files.list`: the file comes with the recipe, its path is relative to the recipe.
  static let ownFiles = "recipe"

  /// What a package is for.
  enum Role: String, Hashable, Sendable {
    /// Its dependency is the kernel and its modules.
    case kernel
    /// `files.list` takes files from it.
    case files
    /// Its firmware is added for the modules that ask for it, where apt can reach it.
    case firmware
  }

  /// A package, by the name that apt knows it by.
  struct Package: Hashable, Sendable {
    var role: Role
    var name: String
  }

  /// Suites of Debian to take packages from, best first.
  var suites: [String] = []
  var packages: [Package] = []
  var modules: [Module] = []
  var members: [Member] = []

  /// Reads `packages.list`, `files.list` and `modules.list` of a directory.
  ///
  /// - Throws: `PayloadError.recipe` with file and line, `SystemError` for a file that cannot be read.
  public init(directory: FilePath) throws {
    func lines(_ name: String) throws -> RecipeLines {
      RecipeLines(text: try Files.text(directory.appending(name)), file: directory.appending(name).string)
    }
    try self.init(
      packages: lines("packages.list"), files: lines("files.list"), modules: lines("modules.list"))
  }

  init(packages: RecipeLines, files: RecipeLines, modules: RecipeLines) throws(PayloadError) {
    for line in packages {
      if line.words.count == 2, line.words[0] == "suite" {
        suites.append(line.words[1])
      } else if line.words.count == 2, let role = Role(rawValue: line.words[0]) {
        self.packages.append(Package(role: role, name: line.words[1]))
      } else {
        throw line.error("expected 'suite NAME' or 'kernel|files|firmware PACKAGE'")
      }
    }
    for line in files { members.append(try Member(line)) }
    self.modules = try Recipe.modules(modules)
  }

  /// The modules as the text of a `modules.list`.
  var moduleList: String {
    modules.map { $0.name + ($0.isRequired ? " required" : "") + "\n" }.joined()
  }

  /// Reads `modules.list`.
  static func modules(_ lines: RecipeLines) throws(PayloadError) -> [Module] {
    var modules: [Module] = []
    for line in lines {
      guard line.words.count == 1 || line.words.count == 2 && line.words[1] == "required" else {
        throw line.error("expected the name of a module, perhaps followed by 'required'")
      }
      modules.append(Module(name: line.words[0], isRequired: line.words.count == 2))
    }
    return modules
  }
}

extension Recipe.Member {
  fileprivate init(_ line: RecipeLines.Line) throws(PayloadError) {
    let words = line.words
    func mode(_ index: Int) throws(PayloadError) -> UInt32 {
      guard let mode = UInt32(words[index], radix: 8), mode <= 0o7777 else {
        throw line.error("'\(words[index])' is no octal mode")
      }
      return mode
    }
    func path(_ index: Int) throws(PayloadError) -> String {
      guard words[index].hasPrefix("/"), words[index].count > 1 else {
        throw line.error("'\(words[index])' is no absolute path")
      }
      return String(words[index].dropFirst())
    }
    switch (words[0], words.count) {
    case ("dir", 3): self.init(path: try path(1), permissions: try mode(2), source: .directory)
    case ("link", 3): self.init(path: try path(1), permissions: 0o777, source: .link(target: words[2]))
    case ("char", 5):
      guard let major = UInt32(words[2]), let minor = UInt32(words[3]) else {
        throw line.error("'\(words[2]) \(words[3])' are no device numbers")
      }
      self.init(
        path: try path(1), permissions: try mode(4), source: .characterDevice(major: major, minor: minor))
    case ("file", 5):
      self.init(
        path: try path(1), permissions: try mode(2),
        source: .file(package: words[3], paths: words[4].split(separator: "|").map(String.init)))
    default:
      throw line.error(
        "expected 'dir PATH MODE', 'link PATH TARGET', 'char PATH MAJOR MINOR MODE' or "
          + "'file PATH MODE PACKAGE SOURCE'")
    }
  }
}

/// The lines of a recipe file that say something: comments and blank lines are left out.
struct RecipeLines: Sequence {
  struct Line {
    var words: [String]
    var number: Int
    var file: String

    func error(_ problem: String) -> PayloadError { .recipe(file: file, line: number, problem) }
  }

  var text: String
  var file: String

  func makeIterator() -> IndexingIterator<[Line]> {
    text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { index, line in
      let words = line.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" }.map(String.init)
      return words.isEmpty ? nil : Line(words: words, number: index + 1, file: file)
    }.makeIterator()
  }
}
