extension Site {
  /// Reads a site config: JSON5, where missing keys have their defaults and anything unknown or contradictory is an
  /// error.
  ///
  /// - Parameter fileName: what error messages call the text.
  /// - Throws: `SiteErrors` with everything that is wrong, in the order of the text. A text that is not JSON5 has one
  ///   error, at the place where it stops being so.
  public static func parse(text: String, fileName: String) throws(SiteErrors) -> Site {
    let root: JSON5Node
    do {
      root = try JSON5Scanner.scan(text)
    } catch {
      let syntax = SiteError(
        position: error.position, setting: "", message: error.message, advice: error.advice)
      throw SiteErrors(fileName: fileName, errors: [syntax])
    }
    var findings = Findings()
    let site = root.section(startingFrom: Site(target: Target(iqn: "", luns: [])), [], &findings)
    for contradiction in site?.contradictions ?? [] where !findings.concern(contradiction.path) {
      findings.add(
        contradiction.path, contradiction.path.position(in: root), contradiction.complaint.message,
        contradiction.complaint.advice)
    }
    guard let site, findings.errors.isEmpty else {
      let sorted = findings.errors.sorted {
        ($0.position ?? root.position) < ($1.position ?? root.position)
      }
      throw SiteErrors(fileName: fileName, errors: sorted)
    }
    return site
  }
}
