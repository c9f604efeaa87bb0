extension Site {
  /// The layers that initiators write to where a disk is shared with mode `overlay`.
  public struct Overlay: Hashable, Sendable {
    public var keep = OverlayLifetime.restart
    /// Directory for them, one sparse file per initiator and LUN; empty: in RAM.
    public var directory: String = ""
    /// Most MiB that one initiator may write to one LUN; 0: no limit of its own.
    public var limit: Int = 0
    /// MiB of RAM that all of them may take together; 0: half of what is free at the start.
    public var memory: Int = 0

    public init() {}
  }

  public enum OverlayLifetime: String, Hashable, Sendable, CaseIterable {
    /// Until the initiator logs out.
    case session
    /// Until this program ends.
    case restart
    /// Over restarts.
    case always
  }
}

extension Site.Overlay: Section {
  static var fields: [Field<Self>] {
    [
      Field("keep", \.keep, .choice, "How long what was written lives."),
      Field("directory", \.directory, .text(Check.optionalDirectory), "Where it is kept."),
      Field(
        "limit", \.limit, .integer(0...0x4000_0000, "0 sets no limit."), "Most MiB per initiator and LUN."),
      Field(
        "memory", \.memory, .integer(0...0x4000_0000, "0 is half of what is free."), "MiB of RAM for all."),
    ]
  }
}

extension Site {
  var overlayContradictions: [Contradiction] {
    let path: SettingPath = ["target", "overlay"]
    let overlay = target.overlay
    if overlay.keep == .always, overlay.directory.isEmpty {
      return [
        Contradiction(
          path + "keep", "what is in RAM cannot be kept always", "Name a directory, or use \"restart\".")
      ]
    }
    if overlay.memory != 0, !overlay.directory.isEmpty {
      return [
        Contradiction(
          path + "memory", "a limit of RAM for overlays in a directory", "Leave it out, or use limit.")
      ]
    }
    return []
  }
}
