/// The parameter list of EXTENDED COPY (LID1) (SPC-4 6.4.3): a header, descriptors of units, descriptors of segments.
struct CopyList {
  static let headerLength = 16

  /// LIST IDENTIFIER.
  let identifier: UInt8
  /// LIST ID USAGE 11b: nothing is kept for RECEIVE COPY RESULTS.
  let keepsNothing: Bool
  let targetBytes: Int
  let segmentBytes: Int

  /// - Returns: nil where the list is too short for its header.
  init?(_ list: UnsafeRawBufferPointer) {
    guard list.count >= Self.headerLength, let targets = list.bigEndian(UInt16.self, at: 2),
      let segments = list.bigEndian(UInt32.self, at: 8)
    else { return nil }
    identifier = list[0]
    keepsNothing = list[1] & 0x18 == 0x18
    targetBytes = Int(targets)
    segmentBytes = Int(segments)
  }

  var targetCount: Int { targetBytes / CopyTarget.length }
  var segmentCount: Int { segmentBytes / CopySegment.length }

  /// What is wrong with the list as a whole, before anything is copied.
  func fault(in list: UnsafeRawBufferPointer) -> Sense? {
    guard Self.headerLength + targetBytes + segmentBytes <= list.count,
      targetBytes + segmentBytes <= CopyLimits.descriptorBytes
    else { return .parameterListLengthError }
    // Inline data is for segments of other kinds.
    if list.bigEndian(UInt32.self, at: 12) != 0 { return .invalidField(parameterByte: 12) }
    if targetCount > CopyLimits.targets { return Sense(key: 0x5, code: 0x2606) }
    for number in 0..<targetCount
    where list[Self.headerLength + number * CopyTarget.length] != CopyTarget.code {
      return Sense(key: 0x5, code: 0x2607)  // UNSUPPORTED TARGET DESCRIPTOR TYPE CODE
    }
    if targetBytes % CopyTarget.length != 0 { return .invalidField(parameterByte: 2) }
    if segmentCount > CopyLimits.segments { return Sense(key: 0x5, code: 0x2608) }
    for start in stride(from: 0, to: segmentBytes, by: CopySegment.length)
    where list[Self.headerLength + targetBytes + start] != CopySegment.code {
      return Sense(key: 0x5, code: 0x2609)  // UNSUPPORTED SEGMENT DESCRIPTOR TYPE CODE
    }
    return segmentBytes % CopySegment.length == 0 ? nil : .invalidField(parameterByte: 8)
  }

  /// A unit of the target with its number.
  typealias Place = (number: LogicalUnitNumber, unit: LogicalUnit)

  struct Refusal: Error {
    let sense: Sense
  }

  /// The units that a segment copies from and to; nil where one is none of ours.
  func units(
    ofSegment index: Int, in list: UnsafeRawBufferPointer, _ environment: CommandExecution.Environment
  ) -> (source: Place, destination: Place)? {
    let segment = segment(index, in: list)
    guard let source = target(segment.source, in: list),
      let destination = target(segment.destination, in: list),
      let from = environment.unit.inventory.find(where: source.names),
      let to = environment.unit.inventory.find(where: destination.names)
    else { return nil }
    return (from, to)
  }

  /// What a segment reads and writes (SPC-4 6.4.6.5).
  func extents(
    ofSegment index: Int, in list: UnsafeRawBufferPointer, _ environment: CommandExecution.Environment
  ) -> Result<(source: MediumExtent, destination: MediumExtent), Refusal> {
    func aborted(_ reason: CopyFailure) -> Result<(source: MediumExtent, destination: MediumExtent), Refusal>
    {
      .failure(Refusal(sense: .copyAborted(reason, segment: index)))
    }
    let segment = segment(index, in: list)
    guard segment.source < targetCount, segment.destination < targetCount else {
      return aborted(.unreachableTarget)
    }
    guard let (from, to) = units(ofSegment: index, in: list, environment) else {
      return aborted(.targetNotReachable)
    }
    guard from.unit.blockLength == to.unit.blockLength, !from.unit.isMultimedia, from.unit.isMediumPresent,
      to.unit.isMediumPresent
    else { return aborted(.incorrectDeviceType) }
    let port = environment.nexus.port
    guard !from.unit.forbids(.read16, to: port), !to.unit.forbids(.write16, to: port) else {
      return aborted(.thirdPartyDeviceFailure)
    }
    if to.unit.isWriteProtected { return .failure(Refusal(sense: .writeProtected)) }
    let place = CommandExecution()
    guard let source = place.extent(segment.sourceBlock, segment.blocks, from.unit),
      let destination = place.extent(segment.destinationBlock, segment.blocks, to.unit)
    else { return aborted(.outsideMedium) }
    return .success((source, destination))
  }

  private func target(_ index: Int, in list: UnsafeRawBufferPointer) -> CopyTarget? {
    let start = Self.headerLength + index * CopyTarget.length
    guard index < targetCount, start + CopyTarget.length <= list.count else { return nil }
    return CopyTarget(UnsafeRawBufferPointer(rebasing: list[start..<start + CopyTarget.length]))
  }

  private func segment(_ index: Int, in list: UnsafeRawBufferPointer) -> CopySegment {
    CopySegment(list, at: Self.headerLength + targetBytes + index * CopySegment.length)
  }
}

/// Identification descriptor target descriptor (SPC-4 6.4.5.2): a unit by one of its designators.
struct CopyTarget {
  static let code: UInt8 = 0xE4
  static let length = 32

  /// CODE SET, ASSOCIATION and type, designator.
  private let kind: (codeSet: UInt8, type: UInt8)
  private let designator: [UInt8]

  /// - Parameter bytes: `length` of them.
  init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count == Self.length, bytes[7] <= 20 else { return nil }
    kind = (bytes[4] & 0x0F, bytes[5] & 0x3F)
    designator = Array(bytes[8..<8 + Int(bytes[7])])
  }

  /// Whether the descriptor names the unit of that identity. A T10 vendor designator may be cut off at 20 bytes.
  func names(_ identity: LogicalUnitIdentity) -> Bool {
    switch kind {
    case (1, 3): return designator == withUnsafeBytes(of: identity.naa.bigEndian) { Array($0) }
    case (2, 1):
      let full = identity.vendorDesignator
      return !designator.isEmpty && (designator == full || designator == Array(full.prefix(20)))
    default: return false
    }
  }
}

/// Block device to block device segment descriptor (SPC-4 6.4.6.5).
struct CopySegment {
  static let code: UInt8 = 0x02
  static let length = 28

  let source: Int
  let destination: Int
  let blocks: UInt64
  let sourceBlock: UInt64
  let destinationBlock: UInt64

  init(_ list: UnsafeRawBufferPointer, at start: Int) {
    source = Int(list.bigEndian(UInt16.self, at: start + 4) ?? .max)
    destination = Int(list.bigEndian(UInt16.self, at: start + 6) ?? .max)
    blocks = UInt64(list.bigEndian(UInt16.self, at: start + 10) ?? 0)
    sourceBlock = list.bigEndian(UInt64.self, at: start + 12) ?? 0
    destinationBlock = list.bigEndian(UInt64.self, at: start + 20) ?? 0
  }
}
