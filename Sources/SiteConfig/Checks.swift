import Cryptography

/// What single settings must look like.
enum Check {
  /// RFC 7143 4.2.7 narrowed to what every initiator takes: lower case, `[a-z0-9.:-]`.
  static func iqn(_ name: String) -> Complaint? {
    let advice = "Use iqn.YEAR-MONTH.DOMAIN:NAME, for example iqn.2025-01.lan.home:desktop."
    guard name.utf8.count <= 223 else { return Complaint("longer than 223 bytes", "Shorten it.") }
    if let wrong = name.unicodeScalars.first(where: { !isNameCharacter($0) }) {
      return Complaint(
        "\(quoted(String(wrong))) cannot be part of an iSCSI name", "Use only a-z, 0-9, '.', ':' and '-'.")
    }
    let parts = name.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == "iqn" else { return Complaint("not an iSCSI qualified name", advice) }
    let date = Array(parts[1].utf8)
    guard date.count == 7, date[4] == UInt8(ascii: "-"),
      let month = Int(parts[1].suffix(2)), (1...12).contains(month),
      date.prefix(4).allSatisfy({ (0x30...0x39).contains($0) })
    else { return Complaint("the name lacks a date of the form YEAR-MONTH", advice) }
    let authority = parts[2].prefix { $0 != ":" }
    guard !authority.isEmpty, authority.first != ".", authority.last != "." else {
      return Complaint("the name lacks a domain", advice)
    }
    // The initiators' names are made of this part and their MAC address.
    guard authority.utf8.count <= 180 else {
      return Complaint("a domain longer than 180 bytes", "Shorten it.")
    }
    return nil
  }

  /// An initiator's name, or the beginning of one and `*`.
  static func initiator(_ pattern: String) -> Complaint? {
    let name = pattern.last == "*" ? pattern.dropLast() : pattern[...]
    guard !pattern.isEmpty, pattern.utf8.count <= 224, name.unicodeScalars.allSatisfy(isNameCharacter) else {
      return Complaint(
        "not an initiator name", "Use only a-z, 0-9, '.', ':' and '-'; a '*' at the end matches any rest.")
    }
    return nil
  }

  static func disk(_ disk: String) -> Complaint? {
    identity(disk, ["ptuuid", "wwn", "serial", "uuid", "partuuid"])
  }

  static func partition(_ partition: String) -> Complaint? {
    partition.isEmpty ? nil : identity(partition, ["uuid", "partuuid"])
  }

  private static func identity(_ text: String, _ kinds: [String]) -> Complaint? {
    let kind = kinds.first { text.hasPrefix($0 + ":") && text.utf8.count > $0.utf8.count + 1 }
    if (kind != nil || text.hasPrefix("/")) && isPlain(text) { return nil }
    return Complaint(
      "\(quoted(text)) names no disk",
      "Use \(kinds.map { $0 + ":…" }.joined(separator: ", ")) (see lsblk -o +PTUUID,WWN,SERIAL,UUID,PARTUUID) or /dev/…."
    )
  }

  static func account(_ user: String) -> Complaint? {
    guard (1...223).contains(user.utf8.count), user.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      return Complaint("not a user name", "Use 1 to 223 ASCII letters, digits and signs, no spaces.")
    }
    return nil
  }

  static func secret(_ secret: String) -> Complaint? {
    guard secret.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      return Complaint(
        "a secret with spaces or letters outside ASCII", "Use ASCII letters, digits and signs.")
    }
    guard (12...16).contains(secret.utf8.count) else {
      return Complaint(
        "a secret of \(secret.utf8.count) characters", "Use 12 to 16: Windows and RFC 7143 allow no others.")
    }
    return nil
  }

  static func interface(_ name: String) -> Complaint? {
    let isName =
      (1...15).contains(name.utf8.count) && name != "." && name != ".."
      && name.utf8.allSatisfy {
        (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ":")
      }
    return isName || isMAC(name)
      ? nil
      : Complaint("\(quoted(name)) is no interface", "Use \"auto\", a name from 'ip link', or a MAC address.")
  }

  static func interfaceAddress(_ text: String) -> Complaint? {
    guard let interface = IPv4Interface(text) else {
      return Complaint("\(quoted(text)) is not ADDRESS/PREFIX", "Use for example \"192.168.200.1/24\".")
    }
    guard (8...30).contains(interface.prefixLength), interface.hasHost(interface.address) else {
      return Complaint(
        "\(interface) is not an address that a host can have", "Use for example \"192.168.200.1/24\".")
    }
    return nil
  }

  static func range(_ text: String) -> Complaint? {
    text.isEmpty || IPv4Range(text) != nil
      ? nil
      : Complaint(
        "\(quoted(text)) is not FIRST-LAST",
        "Use for example \"192.168.200.2-192.168.200.100\", the lower one first.")
  }

  static func title(_ text: String) -> Complaint? {
    if text.isEmpty { return Complaint("an empty title", "Write what the menu shall say.") }
    if text.count > 76 { return Complaint("longer than 76 characters", "Shorten it to what fits a screen.") }
    return line(text)
  }

  /// One line of printable text, of any length the kernel takes.
  static func line(_ text: String) -> Complaint? {
    if text.utf8.count > 2000 { return Complaint("longer than 2000 bytes", "Shorten it.") }
    return isPlain(text)
      ? nil : Complaint("a text with control characters", "Keep it to one line of plain text.")
  }

  static func entryID(_ id: String) -> Complaint? {
    let isID =
      (1...128).contains(id.utf8.count) && id.first != "." && id.first != "-"
      && id.unicodeScalars.allSatisfy {
        $0.isASCII && ($0.properties.isAlphabetic || "0123456789._-".unicodeScalars.contains($0))
      }
    return isID
      ? nil : Complaint("\(quoted(id)) is no identifier", "Use 1 to 128 of a-z, A-Z, 0-9, '.', '_' and '-'.")
  }

  static func optionalEntryID(_ id: String) -> Complaint? { id.isEmpty ? nil : entryID(id) }

  static func webUser(_ user: String) -> Complaint? {
    guard !user.isEmpty, user.utf8.count <= 64, isPlain(user), !user.contains(":") else {
      return Complaint("not a user name", "Use 1 to 64 characters without a colon.")
    }
    return nil
  }

  static func passwordHash(_ text: String) -> Complaint? {
    PasswordHash(text) == nil
      ? Complaint("not a password hash", "It has the form scrypt$14$SALT$HASH, as ramdisk-install writes it.")
      : nil
  }

  static func optionalPasswordHash(_ text: String) -> Complaint? { text.isEmpty ? nil : passwordHash(text) }

  static func mac(_ text: String) -> Complaint? {
    isMAC(text)
      ? nil
      : Complaint(
        "\(quoted(text)) is not a MAC address", "Write it in lower case with colons: \"aa:bb:cc:dd:ee:ff\".")
  }

  static func directory(_ path: String) -> Complaint? {
    guard path.hasPrefix("/"), isPlain(path), !path.split(separator: "/").contains("..") else {
      return Complaint("\(quoted(path)) is not an absolute path", "Use \"/\" or for example \"/boot\".")
    }
    return nil
  }

  static func optionalDirectory(_ path: String) -> Complaint? {
    guard !path.isEmpty else { return nil }
    guard path.hasPrefix("/"), isPlain(path), !path.split(separator: "/").contains("..") else {
      return Complaint("\(quoted(path)) is not an absolute path", "Use for example \"/var/lib/ramdiskd\".")
    }
    return nil
  }

  static func initramfs(_ name: String) -> Complaint? {
    let known = ["dracut", "initramfs-tools", "mkinitcpio", "mkinitfs", "booster", "none"]
    return known.contains { name == $0 || name.hasPrefix($0 + "-") } && isPlain(name)
      ? nil
      : Complaint(
        "\(quoted(name)) is no generator of an initramfs that is known here",
        "Use one of \(known.joined(separator: ", ")), with -VERSION if you know it.")
  }

  /// Scalars: among the characters from "a" to "z" are those with marks on them.
  private static func isNameCharacter(_ scalar: Unicode.Scalar) -> Bool {
    ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) || ".:-".unicodeScalars.contains(scalar)
  }

  private static func isPlain(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy {
      $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) && $0 != "\u{2028}" && $0 != "\u{2029}"
    }
  }

  private static func isMAC(_ text: String) -> Bool {
    let bytes = text.split(separator: ":", omittingEmptySubsequences: false)
    return bytes.count == 6
      && bytes.allSatisfy {
        $0.utf8.count == 2 && $0.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
      }
  }
}
