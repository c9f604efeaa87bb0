/// What one EXTENDED COPY may ask for at most, told by RECEIVE COPY RESULTS.
enum CopyLimits {
  static let targets = 8
  static let segments = 16
  /// Bytes of all descriptors together: of every one that there may be.
  static let descriptorBytes = targets * CopyTarget.length + segments * CopySegment.length
}

extension CommandExecution {
  /// EXTENDED COPY (LID1) (SPC-4 6.4) between units of this target, block to block: gathers the parameter list.
  mutating func startExtendedCopy() -> CommandStep {
    receiveParameterList(Int(clamping: cdb.uint32(at: 10)))
  }

  mutating func resumeExtendedCopy(_ environment: Environment, dataOut: UnsafeRawBufferPointer) -> CommandStep
  {
    guard let list = parameterList(dataOut), let header = CopyList(list) else {
      return .finish(.checkCondition(.parameterListLengthError))
    }
    switch phase {
    case .received:
      if let sense = header.fault(in: list) { return .finish(.checkCondition(sense)) }
      let key = CopyRecord.Key(nexus: environment.nexus.identifier, list: header.identifier)
      guard environment.unit.beginCopy(key) else {
        return .finish(.checkCondition(Sense(key: 0x5, code: 0x0016)))  // OPERATION IN PROGRESS
      }
      copy = key
      return copySegment(environment, list, header)
    case .loaded:
      return storePart(environment, list, header)
    default:
      if let copy { environment.unit.advanceCopy(copy, bytes: part.length) }
      copySource &+= UInt64(part.length)
      advance()
      if cursor.length > 0 { return loadPart(environment, list, header) }
      return endSegment(environment, list, header)
    }
  }

  /// Begins segment `index`, or ends the command behind the last.
  private mutating func copySegment(
    _ environment: Environment, _ list: UnsafeRawBufferPointer, _ header: CopyList
  ) -> CommandStep {
    guard index < header.segmentCount else { return endCopy(environment, header) }
    switch header.extents(ofSegment: index, in: list, environment) {
    case .failure(let refusal): return .finish(.checkCondition(refusal.sense))
    case .success(let (source, destination)):
      copySource = source.offset
      cursor = destination
      return cursor.length == 0
        ? endSegment(environment, list, header) : loadPart(environment, list, header)
    }
  }

  private mutating func endSegment(
    _ environment: Environment, _ list: UnsafeRawBufferPointer, _ header: CopyList
  ) -> CommandStep {
    if let copy { environment.unit.advanceCopy(copy, segments: 1) }
    index += 1
    return copySegment(environment, list, header)
  }

  private mutating func loadPart(
    _ environment: Environment, _ list: UnsafeRawBufferPointer, _ header: CopyList
  ) -> CommandStep {
    guard let source = header.units(ofSegment: index, in: list, environment)?.source else {
      return .finish(.checkCondition(.copyAborted(.targetNotReachable, segment: index)))
    }
    phase = .loaded
    return .loadFrom(source.number, MediumExtent(offset: copySource, length: part.length))
  }

  private mutating func storePart(
    _ environment: Environment, _ list: UnsafeRawBufferPointer, _ header: CopyList
  ) -> CommandStep {
    guard let destination = header.units(ofSegment: index, in: list, environment)?.destination else {
      return .finish(.checkCondition(.copyAborted(.targetNotReachable, segment: index)))
    }
    phase = .stored
    return .storeTo(destination.number, part, durable: !destination.unit.isWriteCacheEnabled)
  }

  private mutating func endCopy(_ environment: Environment, _ header: CopyList) -> CommandStep {
    if let copy {
      if header.keepsNothing {
        environment.unit.forgetCopy(copy)
      } else {
        environment.unit.endCopy(copy, .completed)
      }
    }
    copy = nil
    return .finish(.good)
  }
}
