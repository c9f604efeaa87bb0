/// A command descriptor block of up to 16 bytes, as a value: no pointer into the PDU survives the start of a command.
///
/// Bytes past the end of a shorter block read as zero (SPC-4 4.2).
public struct CommandDescriptorBlock: Hashable, Sendable {
  private var high: UInt64 = 0
  private var low: UInt64 = 0

  /// Takes the first 16 bytes of `bytes`; what is missing is zero.
  public init(_ bytes: UnsafeRawBufferPointer) {
    if bytes.count >= 16 {
      high = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
      low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    } else {
      for (index, byte) in bytes.enumerated() {
        if index < 8 {
          high |= UInt64(byte) << UInt64(56 - 8 * index)
        } else {
          low |= UInt64(byte) << UInt64(120 - 8 * index)
        }
      }
    }
  }

  /// The operation code, byte 0.
  @inline(__always) public var operationCode: UInt8 { UInt8(truncatingIfNeeded: high &>> 56) }

  /// Byte `index`, 0...15; zero elsewhere.
  @inline(__always) subscript(index: Int) -> UInt8 {
    let word = index < 8 ? high : low
    guard index >= 0, index < 16 else { return 0 }
    return UInt8(truncatingIfNeeded: word &>> UInt64(56 - 8 * (index & 7)))
  }

  @inline(__always) func uint16(at index: Int) -> UInt16 {
    UInt16(truncatingIfNeeded: uint64(at: index) >> 48)
  }
  @inline(__always) func uint24(at index: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: uint64(at: index) >> 40)
  }
  @inline(__always) func uint32(at index: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: uint64(at: index) >> 32)
  }

  /// The eight bytes from `index` on, 0...15, big-endian; zero past the end.
  @inline(__always) func uint64(at index: Int) -> UInt64 {
    // Shifts of 64 and more give 0, negative ones shift the other way.
    high << (8 * index) | low >> (64 - 8 * index)
  }

  /// Whether `mask` has a bit in common with byte `index`.
  @inline(__always) func isSet(_ mask: UInt8, at index: Int) -> Bool { self[index] & mask != 0 }

  /// Offset of the CONTROL byte: the last one of the block, whose length the group code tells (SPC-4 4.2.5.1).
  var controlOffset: Int {
    switch operationCode >> 5 {
    case 0: 5
    case 1, 2: 9
    case 5: 11
    default: 15
    }
  }
}
