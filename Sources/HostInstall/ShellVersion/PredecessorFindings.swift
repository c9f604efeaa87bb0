extension PredecessorFacts {
  /// What is said about it before anything is done.
  ///
  /// - Parameter isReplaced: whether it is taken out.
  func findings(
    _ grub: GRUBFacts?, isReplaced: Bool, _ mode: InstallOptions.InitramfsMode
  ) -> [Finding] {
    guard isReplaceable(with: mode) else {
      return files.map {
        Finding(.note, "\($0.path) is of \(name) and stays: the system's own images are made with it")
      } + remainders
    }
    return [isReplaced ? replaced : leftAlone(grub)] + remainders
  }

  private var replaced: Finding {
    Finding(
      .note,
      "\(name) is taken out; 'ramdisk-install --uninstall' gives it back as it is now. Its names, passwords and list of disks are inside its initial RAM disk and are not taken over: there are new ones in \(InstalledPaths.site), where other machines that log in by themselves (Windows, FreeBSD) have to get theirs from",
      remedy: has(.payload) ? "--disk, in the order of the LUNs, where it shared other disks" : nil)
  }

  private func leftAlone(_ grub: GRUBFacts?) -> Finding {
    var text = "\(name) is on this system (\(places(grub).joined(separator: ", "))) and is left alone"
    if has(.entry) || !menuSections.isEmpty {
      text += ": the boot menu has two entries of the same name then"
    }
    if has(.network) {
      text += "; what it configured for the boot network keeps the address there from being renewed"
    }
    return Finding(
      .warning, text,
      remedy: "--replace-shell-version takes it out; 'ramdisk-install --uninstall' gives it back")
  }

  private var remainders: [Finding] {
    stays.map { Finding(.note, "\($0.path) is left alone: \($0.note)") }
  }
}
