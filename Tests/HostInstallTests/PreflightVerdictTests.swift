import Testing

@testable import HostInstall

@Suite struct PreflightVerdictTests {
  private func verdict(_ severities: [Finding.Severity], isInstalled: Bool = false) -> PreflightVerdict {
    PreflightVerdict(findings: severities.map { Finding($0, "x") }, isInstalled: isInstalled)
  }

  @Test func oneRefusalIsEnough() {
    #expect(verdict([]).outcome == .possible)
    #expect(verdict([.note, .warning]).outcome == .possible)
    #expect(verdict([.note], isInstalled: true).outcome == .installed)
    #expect(verdict([.warning, .refusal], isInstalled: true).outcome == .refused)
  }

  @Test func itSaysWhatToDoNext() {
    #expect(verdict([]).text.contains("can be installed. 'ramdisk-install' shows its plan"))
    #expect(verdict([.warning]).text.contains("Read the warning first."))
    #expect(verdict([.warning, .warning]).text.contains("Read the 2 warnings first."))
    #expect(verdict([.refusal]).text.contains("one thing hinders it"))
    #expect(verdict([.refusal, .refusal, .warning]).text.contains("2 things hinder it"))
    #expect(verdict([], isInstalled: true).text.contains("ramdisk-install status"))
  }
}
