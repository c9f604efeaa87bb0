import Testing

@testable import NetbootHTTP

@Suite struct BasicCredentialsTests {
  @Test func parsing() {
    #expect(
      BasicCredentials(header: "Basic bWU6Z2VoZWlt") == BasicCredentials(user: "me", password: "geheim"))
    #expect(BasicCredentials(header: "basic  bWU6YTpiOg==") == BasicCredentials(user: "me", password: "a:b:"))
    #expect(BasicCredentials(header: "Basic Og==") == BasicCredentials(user: "", password: ""))
  }

  @Test(arguments: [
    nil, "", "Basic", "Basic ", "Basic bWU", "Basic bWU=", "Bearer bWU6Z2VoZWlt", "Basic bWU6Z2VoZWlt x",
    "Basic !!!!",
    "Basic " + String(repeating: "bWU6", count: 300),
  ])
  func refused(header: String?) {
    #expect(BasicCredentials(header: header) == nil)
  }
}
