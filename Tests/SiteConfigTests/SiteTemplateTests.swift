import SiteConfig
import Testing

@Suite struct SiteTemplateTests {
  @Test func everySettingComesBack() throws {
    let site = completeSite()
    #expect(try Site.parse(text: SiteTemplate.render(site), fileName: "x") == site)
  }

  @Test func defaultsComeBack() throws {
    let site = try Site.parse(text: smallest, fileName: "x")
    #expect(try Site.parse(text: SiteTemplate.render(site), fileName: "x") == site)
  }

  @Test func isExplainedAndOfReadableWidth() throws {
    let text = SiteTemplate.render(try Site.parse(text: smallest, fileName: "x"))
    let lines = text.split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= 110 })
    #expect(lines.contains(#"    // chap: { user: "initiator", secret: "12 to 16 letters" },"#))
    #expect(
      lines.contains(#"      { lun: 0, disk: "ptuuid:1234", mode: "rw", type: "auto", sanitize: false },"#))
    #expect(lines.count { $0.contains("//") } > 40)
  }
}
