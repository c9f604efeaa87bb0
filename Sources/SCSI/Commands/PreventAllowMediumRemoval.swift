extension CommandExecution {
  /// PREVENT ALLOW MEDIUM REMOVAL (SPC-4 6.19): the medium cannot be removed, so either wish is already met.
  func startPreventAllowMediumRemoval() -> CommandStep {
    cdb[4] & 0x03 <= 1 ? .finish(.good) : reject(byte: 4, bit: 1)
  }
}
