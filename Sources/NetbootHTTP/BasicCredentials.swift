import FoundationEssentials

/// User and password of an `Authorization: Basic` header (RFC 7617).
struct BasicCredentials: Hashable {
  let user: String
  let password: String

  init(user: String, password: String) {
    self.user = user
    self.password = password
  }

  /// nil where the header is missing or not of that form.
  init?(header: String?) {
    let fields = (header ?? "").split(separator: " ", omittingEmptySubsequences: true)
    guard fields.count == 2, fields[0].lowercased() == "basic", fields[1].utf8.count <= 1024,
      let data = Data(base64Encoded: String(fields[1]))
    else { return nil }
    let text = String(decoding: data, as: UTF8.self)
    guard let colon = text.firstIndex(of: ":") else { return nil }
    user = String(text[..<colon])
    password = String(text[text.index(after: colon)...])
  }
}
