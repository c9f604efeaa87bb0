import BootMenu

/// Where an entry comes in systemd-boot's menu, whose first entry is the default.
enum SystemdBootOrder {
  /// The entries of the system: type 1 of both partitions, and type 2 images, which always have a key to sort by.
  static func entries(_ facts: SystemdBootFacts, _ root: HostRoot) -> [LoaderEntry] {
    let partitions = Set([facts.systemPartition.mountPoint, facts.entryPartition.mountPoint]).sorted()
    return partitions.flatMap { point -> [LoaderEntry] in
      let texts = files(in: point, root)
      let images = ((try? Files.list(root.resolve(point + "/EFI/Linux"))) ?? [])
        .filter { $0.lowercased().hasSuffix(".efi") }.map { ($0 + ".conf", "sort-key linux\n") }
      return (texts + images).compactMap {
        LoaderEntry(fileName: $0.name, text: $0.text, variables: [:])
      }
    }
  }

  /// The files of type 1 entries, ours left out, on the partition that is mounted at `point`.
  static func files(in point: String, _ root: HostRoot) -> [(name: String, text: String)] {
    let directory = root.resolve(point + "/loader/entries")
    return ((try? Files.list(directory)) ?? []).compactMap { name in
      name.hasPrefix("AA_iscsi_target_ramdisk-")
        ? nil : Files.text("\(directory)/\(name)").map { (name, $0) }
    }
  }

  /// Our entry so that it comes last, where there is a way: by a key, or without one by its name.
  static func last(among others: [LoaderEntry]) -> (sortKey: String?, ours: LoaderEntry?) {
    let ways: [String?] = [LoaderEntryFile.sortKey, nil]
    let made = ways.map { key in
      (
        sortKey: key,
        ours: LoaderEntryFile.all(
          directory: "/", parameters: ["quiet"], hasPrevious: false, sortKey: key, hidesOptions: false)[0]
          .parsed
      )
    }
    return made.first { way in
      way.ours.map { ours in others.allSatisfy { $0.precedes(ours) } } ?? false
    } ?? made[0]
  }
}
