/// The state of everything below some directories of the system.
struct TreeSnapshot {
  private(set) var images: [String: FileImage] = [:]

  init(images: [String: FileImage]) { self.images = images }

  /// Looks at every file, link and directory below `roots`, directories on other file systems included.
  init(_ roots: [String], in root: HostRoot) throws {
    for path in roots { try add(path, root) }
  }

  private mutating func add(_ path: String, _ root: HostRoot) throws {
    let real = root.resolve(path, followLast: false)
    let image = try FileImage(of: real)
    images[path] = image
    guard image.kind == .directory else { return }
    for name in try Files.list(real) { try add("\(path)/\(name)", root) }
  }

  /// What differs in content, kind, mode or owner: both states of each such path.
  func difference(to later: TreeSnapshot) -> (before: [String: FileImage], after: [String: FileImage]) {
    var before: [String: FileImage] = [:]
    var after: [String: FileImage] = [:]
    for path in Set(images.keys).union(later.images.keys) {
      let old = images[path] ?? .absent
      let new = later.images[path] ?? .absent
      guard !old.isSame(as: new) else { continue }
      before[path] = old
      after[path] = new
    }
    return (before, after)
  }
}

extension FileImage {
  /// Whether nothing but the time differs.
  func isSame(as other: FileImage) -> Bool {
    hasContent(of: other) && mode == other.mode && owner == other.owner && group == other.group
      && attributes == other.attributes
  }
}
