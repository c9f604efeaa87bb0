/// The site config as a text for a person to edit.
public enum SiteTemplate {
  /// JSON5 with every setting explained. `Site.parse` reads the same site from it.
  public static func render(_ site: Site) -> String {
    let lines =
      comment(
        """
        iSCSI Target Ramdisk: the configuration of this machine. JSON5: JSON with comments; keys that are left out \
        have their defaults. After a change run 'ramdisk-install update'; 'ramdiskd check-config FILE' tells every \
        mistake. It holds secrets: keep it readable for root alone (mode 0600).
        """) + ["{"] + indented(sections(of: site)) + ["}"]
    return lines.joined(separator: "\n") + "\n"
  }

  private static func sections(of site: Site) -> [String] {
    Array(
      Site.fields.map { field in
        comment(field.help) + closed(prefixed("\(field.key): ", field.write(site) ?? ["null"]))
      }.joined(separator: [""]))
  }
}
