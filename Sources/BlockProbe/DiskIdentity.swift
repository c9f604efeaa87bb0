import Glibc
import Linux

/// By what a disk, partition or file is named in the site configuration.
///
/// All but a path stay true when the disk is attached elsewhere.
public enum DiskIdentity: Hashable, Sendable, CustomStringConvertible {
  /// Identifier of the partition table (PTUUID): of a whole disk.
  case partitionTable(String)
  /// World-wide name, with or without `naa.`, `eui.`, `0x`, `wwn-`.
  case wwn(String)
  /// Serial number of a whole disk.
  case serial(String)
  /// UUID of a file system.
  case filesystem(String)
  /// UUID of a partition.
  case partition(String)
  /// A device node or file.
  case path(String)

  private static let schemes: [(prefix: String, make: @Sendable (String) -> DiskIdentity)] = [
    ("ptuuid:", { .partitionTable($0) }), ("wwn:", { .wwn($0) }), ("serial:", { .serial($0) }),
    ("uuid:", { .filesystem($0) }), ("partuuid:", { .partition($0) }),
  ]

  /// Parses `ptuuid:…`, `wwn:…`, `serial:…`, `uuid:…`, `partuuid:…` or an absolute path.
  ///
  /// - Throws: `DiskIdentityError.malformed`.
  public init(_ text: String) throws(DiskIdentityError) {
    if text.hasPrefix("/") {
      self = .path(text)
      return
    }
    for scheme in Self.schemes where text.hasPrefix(scheme.prefix) && text.count > scheme.prefix.count {
      self = scheme.make(String(text.dropFirst(scheme.prefix.count)))
      return
    }
    throw .malformed(text)
  }

  public var description: String {
    switch self {
    case .partitionTable(let value): "ptuuid:\(value)"
    case .wwn(let value): "wwn:\(value)"
    case .serial(let value): "serial:\(value)"
    case .filesystem(let value): "uuid:\(value)"
    case .partition(let value): "partuuid:\(value)"
    case .path(let value): value
    }
  }

  /// Whether `device` is the one meant; never for a path, which takes the file system to answer.
  public func matches(_ device: BlockDeviceInfo) -> Bool {
    let isWhole = device.kind != .partition
    return switch self {
    case .partitionTable(let value): isWhole && same(device.partitionTableUUID, value)
    case .wwn(let value): isWhole && device.wwn.map(bareWWN) == bareWWN(value)
    case .serial(let value): isWhole && device.serial == value
    case .filesystem(let value): same(device.filesystemUUID, value)
    case .partition(let value): same(device.partitionUUID, value)
    case .path: false
    }
  }

  private func same(_ found: String?, _ wanted: String) -> Bool {
    found?.lowercased() == wanted.lowercased()
  }

  private func bareWWN(_ text: String) -> String {
    var bare = Substring(text.lowercased())
    for prefix in ["wwn-", "naa.", "eui.", "0x"] where bare.hasPrefix(prefix) {
      bare = bare.dropFirst(prefix.count)
    }
    return String(bare)
  }
}

/// Why an identity names no single device.
public enum DiskIdentityError: Error, Hashable, Sendable, CustomStringConvertible {
  case malformed(String)
  /// Nothing attached has this identity; `attached` are the paths of the disks that are.
  case notFound(DiskIdentity, attached: [String])
  /// Several devices have it, for example a disk and its clone.
  case ambiguous(DiskIdentity, paths: [String])
  /// It was found and could not be read.
  case unusable(DiskIdentity, reason: String)

  public var description: String {
    switch self {
    case .malformed(let text):
      "'\(text)' names no disk: write ptuuid:…, wwn:…, serial:…, uuid:…, partuuid:… or an absolute path"
    case .notFound(let identity, let attached):
      "no attached disk is \(identity); attached: \(attached.isEmpty ? "none" : attached.joined(separator: ", "))"
    case .ambiguous(let identity, let paths):
      "\(paths.joined(separator: " and ")) are all \(identity): detach all but one, or name the disk by its serial: or wwn:"
    case .unusable(let identity, let reason):
      "\(identity) cannot be used: \(reason)"
    }
  }
}

extension BlockDevices {
  /// The one device that `identity` names.
  ///
  /// - Throws: `DiskIdentityError`.
  public func resolve(_ identity: String) throws(DiskIdentityError) -> BlockDeviceInfo {
    try resolve(DiskIdentity(identity))
  }

  /// The one device that `identity` names.
  ///
  /// Where a device and those it is made of carry the same identity (RAID 1, multipath), the upper one is meant.
  ///
  /// - Parameter devices: a list taken before; nil takes one now.
  /// - Throws: `DiskIdentityError`.
  public func resolve(
    _ identity: DiskIdentity, in devices: [BlockDeviceInfo]? = nil
  ) throws(DiskIdentityError) -> BlockDeviceInfo {
    do {
      if case .path(let path) = identity { return try probe(path: path) }
      let all = try devices ?? list()
      let matches = all.filter { identity.matches($0) }
      let names = Set(matches.map(\.name))
      let upper = matches.filter { names.isDisjoint(with: $0.holders) }
      if upper.count > 1 { throw DiskIdentityError.ambiguous(identity, paths: upper.map(\.path)) }
      guard let device = upper.first else {
        throw DiskIdentityError.notFound(identity, attached: all.filter { $0.kind != .partition }.map(\.path))
      }
      return device
    } catch let error as DiskIdentityError {
      throw error
    } catch let error as SystemError where error.errno == ENOENT {
      let attached = (devices ?? (try? list()) ?? []).filter { $0.kind != .partition }
      throw .notFound(identity, attached: attached.map(\.path))
    } catch {
      throw .unusable(identity, reason: "\(error)")
    }
  }
}
