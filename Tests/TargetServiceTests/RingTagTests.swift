import Testing

@testable import TargetService

@Suite struct RingTagTests {
  @Test(
    arguments: [RingTag.Kind.accept, .mailbox, .receive, .send, .disk, .cancel], [0, 1, 65_535, 0xFFFF_FFFF])
  func carriesKindAndIndex(kind: RingTag.Kind, index: Int) {
    let tag = RingTag(rawValue: RingTag(kind, index).rawValue)
    #expect(tag.kind == kind)
    #expect(tag.index == index)
  }

  @Test func unknownKindsAreNone() {
    #expect(RingTag(rawValue: 0).kind == nil)
    #expect(RingTag(rawValue: .max).kind == nil)
  }
}
