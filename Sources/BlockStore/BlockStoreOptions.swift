/// How a store is opened.
public struct BlockStoreOptions: Hashable, Sendable {
  public var mode: BlockStoreMode
  public var claim: BlockStoreClaim
  /// What the identity is derived from, as `wwn:…` or the IQN with a disk's name; empty: what the disk or the file
  /// tells of itself.
  public var identitySeed: String
  /// Logical block length of a regular file: 512 or 4096. Block devices tell their own.
  public var fileBlockLength: Int
  /// What the medium is served as.
  public var type: BlockStoreType

  public init(
    mode: BlockStoreMode = .readWrite, claim: BlockStoreClaim = .exclusive, identitySeed: String = "",
    fileBlockLength: Int = 512, type: BlockStoreType = .disk
  ) {
    self.mode = mode
    self.claim = claim
    self.identitySeed = identitySeed
    self.fileBlockLength = fileBlockLength
    self.type = type
  }
}

/// What a medium is served as.
public enum BlockStoreType: Hashable, Sendable {
  case disk
  /// A disk whose medium initiators can eject and load.
  case removableDisk
  /// A CD or DVD in its drive: blocks of 2048 bytes whatever holds them, never written.
  case disc
}

/// Who may write, and where to.
public enum BlockStoreMode: Hashable, Sendable {
  case readWrite
  case readOnly
  /// Never written: each initiator writes to an `Overlay` of its own.
  case overlay
}

/// What to do about others who use the same medium.
public enum BlockStoreClaim: Hashable, Sendable {
  /// Refuse what is mounted or held, and keep others out.
  case exclusive
  /// Open it all the same. To say so twice, the path is repeated; a different path is refused.
  case sharedDespiteOthers(confirmedPath: String)
}
