import ISCSI
import Testing

/// Several connections of one session, fed in any order: numbering never goes wrong, and nothing is lost.
@Suite struct SharedSessionFuzzTests {
  private func phases(_ count: Int) -> [FullFeaturePhase] {
    (0..<count).map { _ in FullFeatureHarness(depth: 8) { $0.maximumConnections = 4 }.phase }
  }

  @Test func everyCommandRunsOnceAndInItsOrder() {
    var generator = fuzzGenerator(11)
    for _ in 0..<fuzzExecutions(4_000) / 40 {
      var connections = phases(Int.random(in: 2...4, using: &generator))
      // Commands as the initiator hands them out: each connection gets ascending numbers.
      var queues = [[[UInt8]]](repeating: [], count: connections.count)
      var cmdSN: UInt32 = 100
      var started: [UInt32] = []
      var expected: [UInt32] = []
      var running: [(connection: Int, slot: Int)] = []
      for _ in 0..<40 {
        if running.count < 6, queues.allSatisfy({ $0.count < 2 }) {
          let home = Int.random(in: 0..<connections.count, using: &generator)
          queues[home].append(
            pdu { SCSICommandPDU(initiatorTaskTag: cmdSN, cmdSN: cmdSN, cdb: .init([0])).encode(to: $0) })
          expected.append(cmdSN)
          cmdSN &+= 1
        }
        for index in queues.indices.shuffled(using: &generator) {
          guard let next = queues[index].first else { continue }
          let event = withHeader(next) {
            connections[index].receive($0, additional: UnsafeRawBufferPointer(start: nil, count: 0))
          }
          switch event {
          case .command(let slot, _):
            queues[index].removeFirst()
            started.append(connections[index][slot].cmdSN)
            running.append((index, slot))
          case .wait: break
          default: Issue.record("\(String(describing: event))")
          }
          share(connections[index].window, &connections)
        }
        if let end = running.indices.randomElement(using: &generator) {
          let (connection, slot) = running.remove(at: end)
          let answer = connections[connection].response(slot, status: 0, residual: .none)
          share(connections[connection].window, &connections)
          #expect(answer.numbers.maxCmdSN &- answer.numbers.expCmdSN < 8)
        }
      }
      // What is still waiting comes in at last.
      for _ in 0..<4 {
        for index in queues.indices {
          while let next = queues[index].first,
            case .command(let slot, _) = withHeader(
              next,
              { connections[index].receive($0, additional: UnsafeRawBufferPointer(start: nil, count: 0)) })
          {
            queues[index].removeFirst()
            started.append(connections[index][slot].cmdSN)
            share(connections[index].window, &connections)
          }
        }
      }
      #expect(started == expected)
    }
  }

  private func share(_ window: CommandWindow, _ connections: inout [FullFeaturePhase]) {
    for index in connections.indices { connections[index].adopt(window) }
  }

  @Test func asyncMessagesSurviveTheWay() {
    var phase = phases(1)[0]
    #expect(!phase.takesMessages)
    let ping = pdu { NOPOutPDU(initiatorTaskTag: 2, cmdSN: 100).encode(to: $0) }
    _ = withHeader(ping) { phase.receive($0, additional: UnsafeRawBufferPointer(start: nil, count: 0)) }
    #expect(phase.takesMessages)
    let message = phase.asyncMessage(.logoutRequest(seconds: 7))
    let bytes = pdu { message.encode(to: $0) }
    #expect(bytes[0] == 0x32 && bytes[36] == 1)
    #expect(withHeader(bytes) { AsyncMessagePDU($0) } == message)
  }
}
