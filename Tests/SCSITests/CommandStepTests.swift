import SCSI
import Testing

@Suite struct CommandStepTests {
  @Test func stepsCompareByValue() {
    let extent = MediumExtent(offset: 512, length: 4096)
    #expect(CommandStep.sendMedium(extent) != .load(extent))
    #expect(CommandStep.receiveToMedium(extent, durable: true) != .receiveToMedium(extent, durable: false))
  }
}
