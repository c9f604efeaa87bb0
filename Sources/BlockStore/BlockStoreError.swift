import Glibc
import Linux

/// Why a store could not be opened or did not do what was asked.
public enum BlockStoreError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kernel refused to open or describe it.
  case cannotOpen(SystemError)
  /// Neither a block device nor a regular file.
  case notStorage(path: String)
  /// Shorter than one block.
  case empty(path: String)
  /// Mounted, part of something else, or locked by another program.
  case inUse(path: String, by: [String])
  /// The kernel or the file system holds it read-only, but it was to be written.
  case readOnly(path: String)
  /// The file of an overlay cannot be used; `problem` says why.
  case overlay(path: String, problem: String)
  /// A block length that is neither 512 nor 4096.
  case blockLength(path: String, Int)
  /// An operation failed; its errno tells the kind.
  case failed(SystemError)
  /// Acknowledged writes were lost by an earlier failure to write back: no flush will ever succeed again.
  case lostWrites(path: String, errno: Int32)

  /// The errno that best tells a program what happened.
  public var errno: Int32 {
    switch self {
    case .cannotOpen(let error), .failed(let error): error.errno
    case .notStorage: ENOTBLK
    case .empty: ENOSPC
    case .inUse: EBUSY
    case .readOnly: EROFS
    case .overlay: EINVAL
    case .blockLength: EINVAL
    case .lostWrites(_, let errno): errno
    }
  }

  public var description: String {
    switch self {
    case .cannotOpen(let error), .failed(let error): error.description
    case .notStorage(let path): "\(path) is neither a block device nor a regular file"
    case .empty(let path): "\(path) has no room for a single block"
    case .inUse(let path, let holders):
      "\(path) is in use (\(holders.joined(separator: "; "))): sharing it could destroy its data; "
        + "unmount it or stop what uses it"
    case .readOnly(let path): "\(path) is read-only: share it with mode ro"
    case .overlay(let path, let problem):
      "the overlay \(path) cannot be used: \(problem); to do without it: ramdiskd overlay discard"
    case .blockLength(let path, let length):
      "\(path) has blocks of \(length) bytes; 512 and 4096 are supported"
    case .lostWrites(let path, let errno):
      "\(path): acknowledged writes were lost earlier (\(SystemError.text(errno))); "
        + "check the disk, then open it anew"
    }
  }
}
