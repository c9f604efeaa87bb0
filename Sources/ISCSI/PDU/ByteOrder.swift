extension UnsafeRawPointer {
  @inline(__always) func byte(_ offset: Int) -> UInt8 { load(fromByteOffset: offset, as: UInt8.self) }

  @inline(__always) func big16(_ offset: Int) -> UInt16 {
    UInt16(bigEndian: loadUnaligned(fromByteOffset: offset, as: UInt16.self))
  }

  @inline(__always) func big24(_ offset: Int) -> UInt32 {
    UInt32(byte(offset)) << 16 | UInt32(byte(offset + 1)) << 8 | UInt32(byte(offset + 2))
  }

  @inline(__always) func big32(_ offset: Int) -> UInt32 {
    UInt32(bigEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  @inline(__always) func big64(_ offset: Int) -> UInt64 {
    UInt64(bigEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }
}

extension UnsafeMutableRawPointer {
  @inline(__always) func put(_ value: UInt8, at offset: Int) {
    storeBytes(of: value, toByteOffset: offset, as: UInt8.self)
  }

  @inline(__always) func putBig<Integer: FixedWidthInteger>(_ value: Integer, at offset: Int) {
    storeBytes(of: value.bigEndian, toByteOffset: offset, as: Integer.self)
  }

  /// Clears a basic header segment and writes its first byte, its flags and its DataSegmentLength.
  @inline(__always) func startHeader(
    _ opcode: Opcode, immediate: Bool = false, flags: UInt8, dataLength: Int = 0
  ) {
    initializeMemory(as: UInt8.self, repeating: 0, count: BasicHeader.length)
    put(opcode.rawValue | (immediate ? 0x40 : 0), at: 0)
    put(flags, at: 1)
    put(UInt8(truncatingIfNeeded: dataLength >> 16), at: 5)
    put(UInt8(truncatingIfNeeded: dataLength >> 8), at: 6)
    put(UInt8(truncatingIfNeeded: dataLength), at: 7)
  }
}

/// Rounds a data segment's length up to the next multiple of four (RFC 7143 11.2.3).
@inline(__always) public func paddedLength(_ length: Int) -> Int { (length + 3) & ~3 }
