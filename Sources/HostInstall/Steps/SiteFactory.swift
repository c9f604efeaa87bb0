import Cryptography
import SiteConfig

/// Makes the configuration of a new installation.
struct SiteFactory: Sendable {
  let facts: HostFacts
  let hostName: String
  let mode: InstallOptions.InitramfsMode

  /// A secret to show to the user.
  struct Secret: Hashable {
    var name: String
    var value: String
  }

  var details: [String] {
    facts.disks.enumerated().map { "LUN \($0): \($1.path), \($1.identity ?? "unknown"), read-write" }
      + ["boot partition \(facts.bootFileSystem?.identity ?? "none"), kernels in \(facts.bootPath)"]
  }

  func make(initramfs: InitramfsFacts) throws -> (site: Site, secrets: [Secret]) {
    let name = try targetName()
    // Windows takes 12 to 16 characters; the two secrets must differ (RFC 7143 12.1.3).
    let chap = Site.CHAP(
      user: "initiator", secret: try Secrets.randomText(14),
      mutual: Site.Account(user: "target", secret: try Secrets.randomText(14)))
    let password = try Secrets.randomText(10)
    var target = Site.Target(
      iqn: name,
      luns: facts.disks.compactMap(\.identity).enumerated().map { Site.LogicalUnit(lun: $0, disk: $1) })
    target.chap = chap
    var site = Site(target: target)
    site.menu.login = Site.Login(
      user: "ramdisk", passwordHash: try PasswordHash(hashing: password).description)
    site.boot.partition = facts.bootFileSystem?.identity ?? ""
    site.boot.path = facts.bootPath
    site.boot.commandLine = facts.commandLine
    if mode != .keep {
      site.boot.extraCommandLine = facts.rootStack.parameters(for: facts.commandLine).joined(separator: " ")
    }
    site.boot.initramfs = generatorName(initramfs)
    return (
      site,
      [
        Secret(name: "menu user", value: "ramdisk"), Secret(name: "menu password", value: password),
        Secret(name: "iSCSI target", value: name),
        Secret(name: "CHAP user and secret", value: "\(chap.user) \(chap.secret)"),
        Secret(
          name: "mutual CHAP user and secret",
          value: "\(chap.mutual?.user ?? "") \(chap.mutual?.secret ?? "")"),
      ]
    )
  }

  /// Per machine, and lower case without `_`: dracut 112 deletes every other character.
  private func targetName() throws -> String {
    let host = hostName.lowercased().prefix(32).filter {
      $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-")
    }
    let random = try Secrets.randomBytes(4).hexadecimal
    return "iqn.2026-11.net.iscsi-target-ramdisk:\(host.isEmpty ? "host" : host)-\(random)"
  }

  private func generatorName(_ initramfs: InitramfsFacts) -> String {
    guard mode == .switch || initramfs.generator == .dracut else { return initramfs.generator.rawValue }
    let release = initramfs.dracutVersion?.prefix { $0.isNumber } ?? ""
    return release.isEmpty ? "dracut" : "dracut-\(release)"
  }
}
