import Testing

@testable import TFTP

/// A transfer as an object, with a client that takes what it is sent: expectations cannot call mutating methods.
private final class Session {
  private var transfer: TFTPTransfer
  var now = ContinuousClock.now
  private(set) var outcome: TFTPTransfer.Outcome?

  init(_ content: [UInt8], _ options: [String: String] = [:], mode: String = "octet", mtu: Int = 1500) {
    let request = TFTPRequest(name: "f", mode: mode, options: options.map { TFTPOption($0.key, $0.value) })
    transfer = TFTPTransfer(request: request, content: content, mtu: mtu, now: now)
  }

  var parameters: TFTPParameters { transfer.parameters }
  var deadline: ContinuousClock.Instant { transfer.deadline }

  func start() -> [TFTPPacket] { perform(transfer.start(now: now)) }
  func give(_ packet: TFTPPacket) -> [TFTPPacket] { perform(transfer.receive(packet, now: now)) }
  func acknowledge(_ block: Int) -> [TFTPPacket] {
    give(.acknowledge(block: UInt16(truncatingIfNeeded: block)))
  }
  func peerIsGone() -> [TFTPPacket] { perform(transfer.peerIsGone()) }
  func expire() -> [TFTPPacket] { perform(transfer.expire(now: now)) }
  /// Lets the deadline pass.
  func wait() -> [TFTPPacket] {
    now = max(now, transfer.deadline)
    return expire()
  }

  private func perform(_ actions: [TFTPTransfer.Action]) -> [TFTPPacket] {
    actions.compactMap { action in
      switch action {
      case .send(let packet): return packet
      case .finish(let outcome):
        self.outcome = outcome
        return nil
      }
    }
  }
}

/// A client that puts the file together, losing packets of both directions at random.
private struct LossyClient {
  let windowSize: Int
  var random: FixedRandom
  let loss: Double
  private(set) var content: [UInt8] = []
  private var block = 0
  private var inWindow = 0
  private(set) var isDone = false

  init(windowSize: Int, seed: UInt64, loss: Double) {
    self.windowSize = windowSize
    self.loss = loss
    random = FixedRandom(state: seed)
  }

  mutating func loses() -> Bool { Double.random(in: 0..<1, using: &random) < loss }

  /// Takes what arrives of one burst; returns the acknowledgement, as RFC 7440 4 has it.
  mutating func take(_ packets: [TFTPPacket], blockSize: Int) -> [TFTPPacket] {
    var answers: [TFTPPacket] = []
    func acknowledgement() -> TFTPPacket { .acknowledge(block: UInt16(truncatingIfNeeded: block)) }
    for packet in packets where !loses() {
      switch packet {
      case .optionAcknowledge: answers.append(acknowledgement())
      case .data(let number, let bytes):
        guard number == UInt16(truncatingIfNeeded: block + 1) else {
          answers.append(acknowledgement())
          inWindow = 0
          continue
        }
        block += 1
        inWindow += 1
        content += bytes
        isDone = bytes.count < blockSize
        if isDone || inWindow == windowSize {
          answers.append(acknowledgement())
          inWindow = 0
        }
      case .read, .write, .acknowledge, .error: break
      }
    }
    return answers.filter { _ in !loses() }
  }
}

@Suite struct TFTPTransferTests {
  private static func content(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
  }

  private static func blocks(_ packets: [TFTPPacket]) -> [Int] {
    packets.compactMap { if case .data(let block, _) = $0 { Int(block) } else { nil } }
  }

  @Test func `Without options data comes at once, 512 bytes in lock step`() {
    let session = Session(TFTPTransferTests.content(1024))
    #expect(session.start() == [.data(block: 1, bytes: Array(TFTPTransferTests.content(1024).prefix(512)))])
    #expect(TFTPTransferTests.blocks(session.acknowledge(1)) == [2])
    #expect(session.acknowledge(2) == [.data(block: 3, bytes: [])])
    #expect(session.acknowledge(3).isEmpty)
    #expect(session.outcome == .completed)
  }

  @Test func `Options are granted, clamped, or passed over in silence`() {
    let table: [(String, String, mtu: Int, granted: String?)] = [
      ("blksize", "1432", 1500, "1432"), ("blksize", "65464", 1500, "1468"),
      ("blksize", "65464", 65536, "65464"),
      ("blksize", "9999999999", 9000, "8968"), ("blksize", "8", 1500, "8"), ("blksize", "7", 1500, nil),
      ("blksize", "-1", 1500, nil), ("blksize", "x", 1500, nil), ("blksize", "1468", 68, "512"),
      ("tsize", "0", 1500, "5000"), ("timeout", "3", 1500, "3"), ("timeout", "0", 1500, nil),
      ("timeout", "256", 1500, nil), ("windowsize", "4", 1500, "4"), ("windowsize", "65535", 1500, "64"),
      ("windowsize", "0", 1500, nil), ("multicast", "", 1500, nil), ("rollover", "0", 1500, nil),
    ]
    for (name, value, mtu, granted) in table {
      let session = Session(TFTPTransferTests.content(5000), [name: value], mtu: mtu)
      let first = session.start()
      if let granted {
        #expect(first == [.optionAcknowledge([TFTPOption(name, granted)])], "\(name)=\(value)")
        #expect(TFTPTransferTests.blocks(session.acknowledge(0)).first == 1)
      } else {
        #expect(TFTPTransferTests.blocks(first) == [1], "\(name)=\(value)")
      }
    }
  }

  @Test func `A window of large blocks is kept within the send buffer`() {
    let session = Session([], ["blksize": "65464", "windowsize": "64"], mtu: 65536)
    #expect(session.parameters.windowSize == 2 && session.parameters.blockSize == 65464)
    let usual = Session([], ["blksize": "1468", "windowsize": "64"])
    #expect(usual.parameters.windowSize == 64)
  }

  @Test func `The size told is that of the text as sent`() {
    let session = Session(Array("a\nb\r".utf8), ["tsize": "0"], mode: "netascii")
    #expect(session.start() == [.optionAcknowledge([TFTPOption("tsize", "6")])])
    #expect(session.acknowledge(0) == [.data(block: 1, bytes: Array("a\r\nb\r\0".utf8))])
  }

  @Test func `Pauses grow, and a client that is gone is given up`() {
    let session = Session(TFTPTransferTests.content(10))
    _ = session.start()
    var pauses: [Duration] = []
    while session.outcome == nil {
      let before = session.now
      let repeated = session.wait()
      pauses.append(session.now - before)
      #expect(session.outcome != nil || TFTPTransferTests.blocks(repeated) == [1])
    }
    #expect(pauses == [1, 2, 4, 8, 8, 8, 8].map { .seconds($0) })
    #expect(session.outcome == .timedOut)
    let patient = Session([], ["timeout": "20"])
    #expect(patient.deadline - patient.now == .seconds(20))
  }

  @Test func `Before its deadline nothing is sent again, and an ACK moves the deadline`() {
    let session = Session(TFTPTransferTests.content(1000))
    _ = session.start()
    session.now += .milliseconds(999)
    #expect(session.expire().isEmpty)
    #expect(TFTPTransferTests.blocks(session.acknowledge(1)) == [2])
    session.now += .milliseconds(999)
    #expect(session.expire().isEmpty)
    session.now += .milliseconds(1)
    #expect(TFTPTransferTests.blocks(session.expire()) == [2])
  }

  @Test func `An echo of an ACK sends nothing twice in lock step`() {
    let session = Session(TFTPTransferTests.content(2000))
    _ = session.start()
    #expect(TFTPTransferTests.blocks(session.acknowledge(1)) == [2])
    #expect(session.acknowledge(1).isEmpty)
    #expect(session.acknowledge(1).isEmpty)
    #expect(TFTPTransferTests.blocks(session.acknowledge(2)) == [3])
  }

  @Test func `A window is sent whole, and goes on from where the client stands`() {
    let session = Session(TFTPTransferTests.content(512 * 20), ["windowsize": "4"])
    _ = session.start()
    #expect(TFTPTransferTests.blocks(session.acknowledge(0)) == [1, 2, 3, 4])
    #expect(TFTPTransferTests.blocks(session.acknowledge(4)) == [5, 6, 7, 8])
    #expect(TFTPTransferTests.blocks(session.acknowledge(6)) == [7, 8, 9, 10])
    #expect(session.acknowledge(6).isEmpty)
    #expect(TFTPTransferTests.blocks(session.acknowledge(10)) == [11, 12, 13, 14])
    // The first block of the window was lost: the client repeats its ACK, which counts once.
    #expect(TFTPTransferTests.blocks(session.acknowledge(10)) == [11, 12, 13, 14])
    #expect(session.acknowledge(10).isEmpty)
    #expect(TFTPTransferTests.blocks(session.wait()) == [11, 12, 13, 14])
  }

  @Test func `ACKs of blocks never sent are nonsense`() {
    let session = Session(TFTPTransferTests.content(5000))
    _ = session.start()
    for block in [2, 3, 65535, 0, 40000] { #expect(session.acknowledge(block).isEmpty) }
    #expect(TFTPTransferTests.blocks(session.acknowledge(1)) == [2])
  }

  @Test func `Block numbers go round, with a window across the seam`() {
    let count = 65536 * 8 + 100
    let session = Session(TFTPTransferTests.content(count), ["blksize": "8", "windowsize": "7"])
    var packets = session.start()
    var client = LossyClient(windowSize: 7, seed: 1, loss: 0)
    while session.outcome == nil, !packets.isEmpty {
      packets = client.take(packets, blockSize: 8).flatMap { session.give($0) }
    }
    #expect(session.outcome == .completed)
    #expect(client.content == TFTPTransferTests.content(count))
  }

  @Test(arguments: [1, 4, 16, 64], [0, 1, 511, 512, 513, 20000])
  func `A lossy network only costs time`(windowSize: Int, count: Int) {
    for seed in 1...5 as ClosedRange<UInt64> {
      let options = windowSize == 1 ? [:] : ["windowsize": "\(windowSize)"]
      let session = Session(TFTPTransferTests.content(count), options)
      var client = LossyClient(windowSize: windowSize, seed: seed, loss: 0.15)
      var packets = session.start()
      var total = packets.count
      while session.outcome == nil {
        packets = client.take(packets, blockSize: 512).flatMap { session.give($0) }
        if packets.isEmpty, session.outcome == nil { packets = session.wait() }
        total += packets.count
      }
      // The last ACK may be lost; the client has its file all the same.
      #expect(client.isDone && client.content == TFTPTransferTests.content(count), "seed \(seed)")
      // Sent again and again, but in no storm.
      #expect(total < (count / 512 + 10) * (windowSize + 8))
    }
  }

  @Test func `Looking at the size and going away is no failure`() {
    for code in [0, 8] as [UInt16] {
      let session = Session(TFTPTransferTests.content(5000), ["tsize": "0"])
      _ = session.start()
      #expect(session.give(.error(TFTPErrorCode(rawValue: code), message: "User aborted")).isEmpty)
      #expect(session.outcome == .probed)
    }
    let later = Session(TFTPTransferTests.content(5000))
    _ = later.start()
    _ = later.acknowledge(1)
    _ = later.give(.error(.undefined, message: "disk full"))
    #expect(later.outcome == .aborted(.undefined, "disk full"))
  }

  @Test func `A closed port means what the client had got`() {
    for (acknowledged, outcome) in [
      (0, .probed), (1, .aborted(.undefined, "it closed its port")), (2, .completed),
    ] as [(Int, TFTPTransfer.Outcome)] {
      let session = Session(TFTPTransferTests.content(1200), ["tsize": "0"])
      _ = session.start()
      for block in 0..<acknowledged + 1 where acknowledged > 0 { _ = session.acknowledge(block) }
      #expect(session.peerIsGone().isEmpty)
      #expect(session.outcome == outcome)
    }
  }

  @Test func `Any packets in any order never trap`() {
    var random = FixedRandom(state: 17)
    for _ in 0..<2000 {
      let session = Session(
        TFTPTransferTests.content(.random(in: 0...3000, using: &random)),
        [
          "windowsize": "\(Int.random(in: 0...70, using: &random))",
          "blksize": "\(Int.random(in: 0...600, using: &random))",
        ])
      _ = session.start()
      for _ in 0..<40 where session.outcome == nil {
        switch Int.random(in: 0..<5, using: &random) {
        case 0: _ = session.wait()
        case 1: _ = session.give(.data(block: 1, bytes: []))
        case 2: _ = session.acknowledge(.random(in: 0...65535, using: &random))
        default: _ = session.acknowledge(.random(in: 0...70, using: &random))
        }
      }
    }
  }
}
