import NetbootHTTP
import Testing

@Suite struct NetbootEventTests {
  @Test func texts() {
    #expect(
      NetbootEvent.sent(client: "10.0.0.2", path: "/k", bytes: 104_857_600, seconds: 0.5).description
        == "10.0.0.2 got /k: 100 MiB, 209.7 MB/s")
    #expect(
      NetbootEvent.sent(client: "10.0.0.2", path: "/m", bytes: 900, seconds: 0).description
        == "10.0.0.2 got /m: 900 bytes")
    #expect(
      NetbootEvent.interrupted(client: "10.0.0.2", path: "/k", bytes: 20480, of: 104_857_600).description
        == "10.0.0.2 got only 20 KiB of 100 MiB of /k")
  }

  @Test func namesOfOthersStayOnOneLine() {
    let text = NetbootEvent.loginFailed(
      client: "10.0.0.2", user: "a\n\u{1B}[2J" + String(repeating: "x", count: 999))
    #expect(text.description.unicodeScalars.allSatisfy { $0.value >= 0x20 })
    #expect(text.description.count < 250)
    #expect(
      NetbootEvent.sent(client: "a", path: "/\n", bytes: 0, seconds: .nan).description.contains("\n") == false
    )
  }
}
