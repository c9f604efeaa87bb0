import BlockProbe
import BootMenu
import Linux
import SiteConfig

extension ApplianceCore {
  /// Does what is possible now: reads the kernels, then opens disks, then listens. In that order, since a mounted
  /// file system and an initiator must never have the same disk at the same time.
  func lookAtDisks(isOverdue: Bool) {
    guard !isBootDone || !disks.isComplete else { return }
    let present: [BlockDeviceInfo]
    do throws(SystemError) { present = try devices.list() } catch {
      console.say("\(error)")
      return
    }
    readBootFiles(present, isOverdue: isOverdue)
    guard isBootDone || isOverdue else { return }
    let fresh = disks.openAvailable { identity throws(DiskIdentityError) in
      try devices.resolve(identity, in: present)
    }
    for disk in fresh {
      let size = Screen.sizeText(disk.store.byteCount)
      console.say("disk \(disk.unit.lun): \(disk.device.path), \(size), \(disk.unit.mode.rawValue)")
    }
    opened += fresh
    if isOverdue { tellMissing() }
    if !opened.isEmpty, disks.isComplete || isOverdue { share() }
    refreshStatus()
  }

  /// Copies the kernels to RAM, once, as long as no initiator may have the disk.
  private func readBootFiles(_ present: [BlockDeviceInfo], isOverdue: Bool) {
    guard !isBootDone else { return }
    guard !site.boot.partition.isEmpty else {
      isBootDone = true
      return
    }
    do {
      if isDirectory(site.boot.partition) {
        images = try BootFileSystem.read(
          root: site.boot.partition, site: site.boot, to: settings.imageDirectory)
      } else {
        let device = try devices.resolve(DiskIdentity(site.boot.partition), in: present)
        guard !disks.holds(device.name, in: present) else {
          isBootDone = true
          console.say(
            "no kernels from \(device.path): it came after its disk was shared; restart to offer them")
          return
        }
        images = try BootFileSystem(loadDriver: settings.loadDriver).read(
          device: device, site: site.boot, to: settings.imageDirectory)
      }
      isBootDone = true
      tellImages()
    } catch DiskIdentityError.notFound {
      // Not attached yet: the disks decide how long it is waited for.
    } catch {
      isBootDone = true
      problem("no kernels can be offered: \(error)")
    }
  }

  private func tellImages() {
    console.say("\(Screen.countText(images.entries.count, "kernel")) found")
    for entry in images.entries {
      console.say("kernel: \(entry.title)\(entry.isDefault ? " (default)" : "")")
    }
    for text in images.problems { console.say(text) }
    if images.entries.isEmpty {
      problem("no kernel with an initial RAM disk in \(site.boot.path) of \(site.boot.partition)")
    }
    services.offer(images)
  }

  /// Starts the services with the open disks, or adds late ones as soon as nobody is disturbed by it.
  private func share() {
    do {
      try services.share(opened, images: images)
    } catch {
      problem("cannot serve: \(error)")
    }
    announceIfReady()
  }

  private func tellMissing() {
    if !isBootDone { tellOnce("waiting for the boot file system \(site.boot.partition)") }
    for disk in disks.status where disk.state != .serving {
      tellOnce("disk \(disk.lun) is not served: \(disk.problem ?? disk.identity)")
    }
  }

  private func tellOnce(_ text: String) {
    if reported.insert(text).inserted { console.say(text) }
  }

  func problem(_ text: String) {
    console.say(text)
    if !status.problems.contains(text) { status.problems.append(text) }
  }

  private func isDirectory(_ path: String) -> Bool {
    path.hasPrefix("/") && !path.hasPrefix("/dev/") && (try? directoryEntries(path)) != nil
  }
}
