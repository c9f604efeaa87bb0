import SiteConfig

extension BootScripts {
  /// One line of the menu that starts something.
  private struct Item {
    /// Label in the script.
    let label: String
    /// Identifier in the site's config.
    let id: String
    let title: String
    let path: String
  }

  /// `menu.ipxe`: every entry of the disk and of the site, and the ways out.
  public func menuScript(for client: BootClient) -> String {
    let settings = client.settings(in: site)
    let kernels = entries.map {
      Item(label: "boot-\($0.id)", id: $0.id, title: $0.title, path: Path.kernelScript($0.id))
    }
    let disks = site.target.luns.sorted { $0.lun < $1.lun }.map { unit in
      Item(
        label: "disk-\(unit.lun)", id: "disk-\(unit.lun)",
        title: "Disk \(unit.lun) by its own boot loader (Windows, FreeBSD, Linux)", path: Path.disk(unit.lun))
    }
    let own = site.menu.entries.map { entry in
      Item(
        label: "site-\(entry.id)", id: entry.id, title: entry.title,
        path: entry.sanboot.map(Path.disk) ?? Path.script(entry.id))
    }
    let items = own + kernels + disks
    let preset = kernels.first { item in entries.contains { $0.id == item.id && $0.isDefault } }
    let wanted = [settings.defaultEntry ?? "", site.menu.defaultEntry].lazy.compactMap { id in
      items.first { $0.id == id }
    }
    let first = wanted.first ?? preset ?? kernels.first ?? disks.first
    var lines = [
      "set menu-timeout \(min(max(settings.timeout ?? site.menu.timeout, 0), 3600) * 1000)",
      ":menu",
      "menu \(IPXEText.words(site.menu.title))",
    ]
    for (heading, group) in [("", own), ("Linux on the shared disk", kernels), ("The whole disk", disks)] {
      if !heading.isEmpty && !group.isEmpty { lines.append("item --gap \(heading)") }
      lines += group.map { "item \($0.label) \(IPXEText.words($0.title))" }
    }
    lines.append("item --gap Elsewhere")
    lines += Self.wayOutItems
    // Escape stops the clock and shows the menu again.
    lines += [
      "choose --timeout ${menu-timeout} --default \(first?.label ?? "local") selected || goto wait",
      "goto ${selected}",
      ":wait",
      "set menu-timeout 0",
      "goto menu",
    ]
    for item in items {
      lines += [
        ":\(item.label)", "chain --autofree \(item.path)?\(Self.clientQuery) || goto failed", "goto menu",
      ]
    }
    lines += [
      ":failed",
      "echo",
      "echo That did not start; the lines above tell why.",
      // Nobody there: the default is tried again after a while.
      "prompt --timeout 15000 Press any key for the menu && set menu-timeout 0 ||",
      "goto menu",
    ]
    return Self.script(lines + Self.wayOutSections(back: "menu"))
  }
}
