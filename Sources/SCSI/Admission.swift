extension LogicalUnit {
  /// What keeps a command of `nexus` from starting: a unit attention (SAM-5 5.14).
  ///
  /// `command` is nil for one that is not supported: unit attentions come first there, too.
  func admit(_ command: Command?, of nexus: Nexus) -> CommandStatus? {
    switch command {
    case .inquiry, .reportLUNs, .requestSense: return nil
    default: return takeAttention(of: nexus).map { .checkCondition($0.sense) }
    }
  }
}
