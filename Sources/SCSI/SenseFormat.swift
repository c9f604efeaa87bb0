/// The two wire formats of sense data (SPC-4 4.5).
public enum SenseFormat: Hashable, Sendable {
  /// 18 bytes; an INFORMATION above 32 bits cannot be said and is left out.
  case fixed
  /// 8 bytes and descriptors.
  case descriptor
}

extension Sense {
  /// The most bytes `encode` writes.
  public static let longestEncoding = 28

  /// Writes the sense data at the start of `buffer`, cut off where it ends.
  ///
  /// - Returns: number of bytes of the whole sense data, at most `longestEncoding`.
  @discardableResult
  public func encode(_ format: SenseFormat, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    var writer = ParameterData(buffer)
    switch format {
    case .fixed: encodeFixed(into: &writer)
    case .descriptor: encodeDescriptors(into: &writer)
    }
    return writer.length
  }

  private func encodeFixed(into writer: inout ParameterData) {
    let information = information.flatMap { UInt32(exactly: $0) }
    writer.append(information == nil ? 0x70 : 0xF0)
    writer.append(0)
    writer.append(key & 0xF)
    writer.append(information ?? 0)
    writer.append(10)  // ADDITIONAL SENSE LENGTH
    writer.append(UInt32(0))  // COMMAND-SPECIFIC INFORMATION
    writer.append(code)
    writer.append(0)  // FIELD REPLACEABLE UNIT CODE
    writer.append(UInt8(truncatingIfNeeded: (keySpecific ?? 0) >> 16))
    writer.append(UInt16(truncatingIfNeeded: keySpecific ?? 0))
  }

  private func encodeDescriptors(into writer: inout ParameterData) {
    writer.append(0x72)
    writer.append(key & 0xF)
    writer.append(code)
    writer.append(zeros: 4)
    if let information {
      writer.append(0x00)  // information descriptor
      writer.append(0x0A)
      writer.append(0x80)
      writer.append(0)
      writer.append(information)
    }
    if let keySpecific {
      writer.append(0x02)  // sense key specific descriptor
      writer.append(0x06)
      writer.append(zeros: 2)
      writer.append(UInt8(truncatingIfNeeded: keySpecific >> 16))
      writer.append(UInt16(truncatingIfNeeded: keySpecific))
      writer.append(0)
    }
    writer.patch(UInt8(truncatingIfNeeded: max(0, writer.length - 8)), at: 7)
  }
}
