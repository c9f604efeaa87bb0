import Linux

/// A setting that is right by itself, but not beside another.
struct Contradiction {
  let path: SettingPath
  let complaint: Complaint

  init(_ path: SettingPath, _ message: String, _ advice: String) {
    self.path = path
    complaint = Complaint(message, advice)
  }
}

extension Site {
  /// Every contradiction between settings.
  var contradictions: [Contradiction] {
    logicalUnitContradictions + portalContradictions + accountContradictions + overlayContradictions
      + addressContradictions + menuContradictions
  }

  private var logicalUnitContradictions: [Contradiction] {
    var found: [Contradiction] = []
    if !target.luns.contains(where: { $0.lun == 0 }) {
      found.append(
        Contradiction(
          ["target", "luns"], "no LUN 0", "Give the disk to boot from the number 0: initiators look there."))
    }
    for (index, unit) in target.luns.enumerated() {
      let path: SettingPath = ["target", "luns", .index(index)]
      let earlier = target.luns[..<index]
      if earlier.contains(where: { $0.lun == unit.lun }) {
        found.append(
          Contradiction(path + "lun", "LUN \(unit.lun) a second time", "Give it a number of its own."))
      }
      if unit.type == .cdrom, unit.mode != .ro {
        found.append(
          Contradiction(
            path + "type", "a CD or DVD of mode \"\(unit.mode.rawValue)\"",
            "Nothing writes a CD or DVD here: say mode: \"ro\", or use type \"disk\"."))
      }
      if unit.type == .removable, unit.mode == .overlay {
        found.append(
          Contradiction(
            path + "type", "a removable disk of mode \"overlay\"",
            "An overlay is no medium that could be taken out: use type \"disk\", or mode \"ro\" or \"rw\"."))
      }
      if unit.sanitize, unit.mode != .rw {
        found.append(
          Contradiction(
            path + "sanitize", "SANITIZE of a disk of mode \"\(unit.mode.rawValue)\"",
            "It destroys what is on the disk, which nothing writes to: leave it out, or say mode: \"rw\"."))
      }
      if earlier.contains(where: { $0.disk == unit.disk && ($0.mode == .rw || unit.mode == .rw) }) {
        found.append(
          Contradiction(
            path + "disk", "a disk that is shared twice, once for writing",
            "Share it once, or never with mode \"rw\": a file system with two writers is lost."))
      }
    }
    return found
  }

  private var addressContradictions: [Contradiction] {
    var found: [Contradiction] = []
    if (1..<60).contains(dhcp.lease) {
      found.append(
        Contradiction(["dhcp", "lease"], "a lease of \(dhcp.lease) seconds", "Use 0, or 60 and more."))
    }
    // With a leased address the network is known only at run time.
    guard network.address != .dhcp, let own = IPv4Interface(network.fallback),
      let range = IPv4Range(dhcp.range)
    else { return found }
    if !own.hasHost(range.first) || !own.hasHost(range.last) {
      found.append(
        Contradiction(
          ["dhcp", "range"], "\(range) is outside the network of network.fallback, \(own)",
          "Use addresses between \(IPv4Address(value: own.network.value + 1)) and \(IPv4Address(value: own.broadcast.value - 1))."
        ))
    } else if range.contains(own.address) {
      found.append(
        Contradiction(
          ["dhcp", "range"], "\(range) contains the target's own address, \(own.address)",
          "Begin after it or end before it."))
    }
    return found
  }

  private var menuContradictions: [Contradiction] {
    var found: [Contradiction] = []
    for (index, entry) in menu.entries.enumerated() {
      let path: SettingPath = ["menu", "entries", .index(index)]
      if menu.entries[..<index].contains(where: { $0.id == entry.id }) {
        found.append(
          Contradiction(path + "id", "entry \(entry.id) a second time", "Give it an identifier of its own."))
      }
      switch (entry.script, entry.sanboot) {
      case (nil, nil):
        found.append(Contradiction(path, "an entry that does nothing", "Give it script or sanboot."))
      case (.some, .some):
        found.append(Contradiction(path, "an entry with both script and sanboot", "Keep one of them."))
      case (.some(let script), nil):
        if script.isEmpty {
          found.append(Contradiction(path + "script", "an empty script", "Write iPXE commands, one a line."))
        }
      case (nil, .some(let lun)):
        if !target.luns.contains(where: { $0.lun == lun }) {
          found.append(Contradiction(path + "sanboot", "no LUN \(lun)", "Name a LUN of target.luns."))
        }
      }
    }
    return found
  }
}
