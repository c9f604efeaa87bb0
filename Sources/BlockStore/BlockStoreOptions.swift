/// How a store is opened.
public struct BlockStoreOptions: Hashable, Sendable {
  public var mode: BlockStoreMode
  public var claim: BlockStoreClaim
  /// What the identity is derived from, as `wwn:…` or the IQN with a disk's name; empty: what the disk or the file
  /// tells of itself.
  public var identitySeed: String
  /// Logical block length of a regular file: 512 or 4096. Block devices tell their own.
  public var fileBlockLength: Int

  public init(
    mode: BlockStoreMode = .readWrite, claim: BlockStoreClaim = .exclusive, identitySeed: String = "",
    fileBlockLength: Int = 512
  ) {
    self.mode = mode
    self.claim = claim
    self.identitySeed = identitySeed
    self.fileBlockLength = fileBlockLength
  }
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
