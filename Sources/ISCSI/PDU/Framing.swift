/// One whole PDU in a buffer, cut into its segments.
public struct PDUFrame {
  public let header: BasicHeader
  /// The additional header segments, empty as a rule.
  public let additional: UnsafeRawBufferPointer
  /// The data segment without padding and digest.
  public let data: UnsafeRawBufferPointer
  /// Bytes of the buffer that the PDU takes up, digests and padding included.
  public let length: Int
}

/// Finds PDUs in a stream of bytes (RFC 7143 11.2): lengths, padding, header and data digests.
public struct Framing: Sendable {
  public var hasHeaderDigest = false
  public var hasDataDigest = false
  /// The longest data segment that the target takes, its MaxRecvDataSegmentLength.
  public var maximumDataLength: Int
  public var crc32c: CRC32C.Function

  public init(maximumDataLength: Int, crc32c: @escaping CRC32C.Function = CRC32C.portable) {
    self.maximumDataLength = maximumDataLength
    self.crc32c = crc32c
  }

  public enum Outcome {
    case pdu(PDUFrame)
    /// The buffer has to hold at least this many bytes before it is worth another look.
    case incomplete(needed: Int)
    case failed(Failure)
  }

  /// What makes the stream unusable: at error recovery level 0 each ends the connection (7.8).
  public enum Failure: Hashable, Sendable, Error {
    case headerDigest
    case dataDigest
    /// The data segment is longer than the target declared to take.
    case dataTooLong(Int)
  }

  /// Space for the largest PDU: header, additional headers, data and both digests.
  public var maximumLength: Int {
    BasicHeader.length + 255 * 4 + 4 + paddedLength(maximumDataLength) + 4
  }

  /// Looks at the start of `buffer`. Never reads past its end.
  @inline(__always)
  public func next(in buffer: UnsafeRawBufferPointer) -> Outcome {
    guard let header = BasicHeader(buffer) else { return .incomplete(needed: BasicHeader.length) }
    let dataLength = header.dataLength
    guard dataLength <= maximumDataLength else { return .failed(.dataTooLong(dataLength)) }
    let headerEnd = BasicHeader.length + header.additionalLength
    let dataStart = headerEnd + (hasHeaderDigest ? 4 : 0)
    let dataEnd = dataStart + paddedLength(dataLength)
    let end = dataEnd + (hasDataDigest && dataLength > 0 ? 4 : 0)
    guard buffer.count >= end else { return .incomplete(needed: end) }
    if hasHeaderDigest, !digestMatches(header.bytes, headerEnd, at: dataStart - 4) {
      return .failed(.headerDigest)
    }
    if hasDataDigest, dataLength > 0,
      !digestMatches(header.bytes + dataStart, dataEnd - dataStart, at: dataEnd - dataStart)
    {
      return .failed(.dataDigest)
    }
    return .pdu(
      PDUFrame(
        header: header,
        additional: UnsafeRawBufferPointer(
          start: header.bytes + BasicHeader.length, count: headerEnd - BasicHeader.length),
        data: UnsafeRawBufferPointer(start: header.bytes + dataStart, count: dataLength),
        length: end))
  }

  private func digestMatches(_ bytes: UnsafeRawPointer, _ count: Int, at offset: Int) -> Bool {
    crc32c(0, bytes, count)
      == UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  /// Bytes that a PDU to the initiator takes up besides header and data: padding and digests.
  @inline(__always)
  public func overhead(dataLength: Int) -> Int {
    paddedLength(dataLength) - dataLength + (hasHeaderDigest ? 4 : 0)
      + (hasDataDigest && dataLength > 0 ? 4 : 0)
  }

  /// Offset of the data segment in a PDU to the initiator, which never has additional headers.
  @inline(__always)
  public var dataOffset: Int { BasicHeader.length + (hasHeaderDigest ? 4 : 0) }

  /// Completes a PDU whose header and data are in their places: clears the padding and writes the digests.
  ///
  /// - Returns: the length of the whole PDU.
  @inline(__always)
  public func seal(_ pdu: UnsafeMutableRawPointer, dataLength: Int) -> Int {
    if hasHeaderDigest {
      pdu.storeBytes(
        of: crc32c(0, UnsafeRawPointer(pdu), BasicHeader.length).littleEndian,
        toByteOffset: BasicHeader.length, as: UInt32.self)
    }
    guard dataLength > 0 else { return dataOffset }
    let data = pdu + dataOffset
    let padded = paddedLength(dataLength)
    for offset in dataLength..<padded { data.put(0, at: offset) }
    guard hasDataDigest else { return dataOffset + padded }
    data.storeBytes(
      of: crc32c(0, UnsafeRawPointer(data), padded).littleEndian, toByteOffset: padded, as: UInt32.self)
    return dataOffset + padded + 4
  }
}
