import CLinux
import Glibc

/// A part of a medium that takes up space, or that does not.
public struct ProvisioningRun: Hashable, Sendable {
  /// It takes up no space, and reads as zeros.
  public var isDeallocated: Bool
  /// The byte behind it, behind where it was asked from.
  public var end: UInt64
}

extension BlockStore {
  /// What the medium has at `offset`, and how far that goes. It may block.
  ///
  /// Of a block device nobody can tell what it has given up, nor what that reads as: all of it counts as taking up space.
  /// - Returns: nil at the end of the medium.
  public func provisioning(at offset: UInt64) -> ProvisioningRun? {
    let end = byteCount
    guard offset < end else { return nil }
    let mapped = ProvisioningRun(isDeallocated: false, end: end)
    guard kind == .regularFile, let position = off_t(exactly: offset) else { return mapped }
    // This moves the file position, which nothing here uses.
    let data = clinux_next_data(descriptor, position)
    if data < 0 { return errno == ENXIO ? ProvisioningRun(isDeallocated: true, end: end) : mapped }
    if data > position { return ProvisioningRun(isDeallocated: true, end: min(UInt64(data), end)) }
    let hole = clinux_next_hole(descriptor, position)
    return hole > position ? ProvisioningRun(isDeallocated: false, end: min(UInt64(hole), end)) : mapped
  }
}

extension Overlay {
  /// What the layer or, where it has nothing, the base has at `offset`, and how far that goes. It may block.
  ///
  /// - Returns: nil at the end of the medium.
  public func provisioning(at offset: UInt64) -> ProvisioningRun? {
    guard offset < byteCount, let blocks = blocks(at: offset, Int(clamping: byteCount - offset)) else {
      return nil
    }
    let owned = owned.run(in: blocks)
    let end = min(UInt64(owned.end) << 12, byteCount)
    guard owned.isSet else {
      // A base that has shrunk has nothing more to say.
      let below = base.provisioning(at: offset) ?? ProvisioningRun(isDeallocated: false, end: end)
      return ProvisioningRun(isDeallocated: below.isDeallocated, end: min(below.end, end))
    }
    let stored = stored.run(in: blocks.lowerBound..<owned.end)
    return ProvisioningRun(isDeallocated: !stored.isSet, end: min(UInt64(stored.end) << 12, byteCount))
  }
}
