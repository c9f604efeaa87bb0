/// What a SANITIZE command asks for (SBC-4 4.11, 5.31): the same wherever it is carried out.
public struct SanitizeOperation: Hashable, Sendable {
  /// One logical block, to be written over each; nil: every block is given back, and reads as zeros (BLOCK ERASE).
  public let pattern: [UInt8]?
  /// Times that the whole medium is gone through, 1...31.
  public let passes: Int
  /// Whether each pass writes the complement of what the one before wrote.
  public let isInverted: Bool
  /// Whether a failure can only be ended by another sanitize operation, AUSE being 0.
  public let isRestricted: Bool

  /// BLOCK ERASE.
  static func blockErase(isRestricted: Bool) -> Self {
    Self(pattern: nil, passes: 1, isInverted: false, isRestricted: isRestricted)
  }

  /// One block of what pass `number`, from 0 on, writes: the last one writes the pattern as it is.
  public func block(ofPass number: Int) -> [UInt8] {
    guard let pattern, isInverted, (passes - number).isMultiple(of: 2) else { return pattern ?? [] }
    return pattern.map { ~$0 }
  }
}

extension SanitizeOperation {
  struct Refusal: Error {
    let sense: Sense
  }

  /// Reads the parameter list of OVERWRITE (SBC-4 table 88).
  ///
  /// - Returns: the sense data of what is wrong with it.
  static func read(_ list: UnsafeRawBufferPointer, blockLength: Int, isRestricted: Bool)
    -> Result<Self, Refusal>
  {
    func refuse(byte: Int, bit: Int? = nil) -> Result<Self, Refusal> {
      .failure(Refusal(sense: .invalidField(parameterByte: byte, bit: bit)))
    }
    guard list.count > headerLength, let length = list.bigEndian(UInt16.self, at: 2) else {
      return .failure(Refusal(sense: .parameterListLengthError))
    }
    guard list[0] & 0x60 == 0 else { return refuse(byte: 0, bit: 6) }  // TEST: the manufacturer's
    guard list[0] & 0x1F != 0 else { return refuse(byte: 0, bit: 4) }  // OVERWRITE COUNT
    guard list[1] == 0 else { return refuse(byte: 1) }
    guard length > 0, Int(length) <= blockLength else { return refuse(byte: 2) }
    guard list.count >= headerLength + Int(length) else {
      return .failure(Refusal(sense: .parameterListLengthError))
    }
    // Repeated until the block is full, and cut off there.
    let pattern = (0..<blockLength).map { list[headerLength + $0 % Int(length)] }
    return .success(
      Self(
        pattern: pattern, passes: Int(list[0] & 0x1F), isInverted: list[0] & 0x80 != 0,
        isRestricted: isRestricted))
  }

  private static let headerLength = 4
}
