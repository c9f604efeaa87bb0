/// The keys of every section, with their checks and the words that explain them to the person who edits the file.
extension Site: Section {
  static var fields: [Field<Site>] {
    [
      Field(
        "version", \.version, .integer(1...1, "This program reads version 1."), "Version of this format."),
      Field(
        "target", \.target, .explained(startingFrom: Target(iqn: "", luns: [])), required: true,
        "The iSCSI target: who it is, which disks it shares, who may log in."),
      Field(
        "network", \.network, .explained(startingFrom: Network()),
        "How the target gets onto the network. The defaults suit a direct cable and a home network alike."),
      Field(
        "dhcp", \.dhcp, .explained(startingFrom: DHCP()),
        "What to answer to machines that boot from the network."),
      Field("menu", \.menu, .explained(startingFrom: Menu()), "The menu that those machines see."),
      Field(
        "boot", \.boot, .explained(startingFrom: Boot()), "Where the kernels are, and what to tell them."),
      Field(
        "admin", \.admin, .explained(startingFrom: Admin()),
        "The administrator's access to the running ramdisk."),
    ]
  }
}

extension Site.Target: Section {
  static var fields: [Field<Self>] {
    [
      Field(
        "iqn", \.iqn, .text(Check.iqn), required: true,
        "iSCSI qualified name: lower case, only a-z, 0-9, '.', ':' and '-'."),
      Field(
        "luns", \.luns, Codec.inline(startingFrom: Site.LogicalUnit(lun: 0, disk: "")).list, required: true,
        """
        The shared disks; LUN 0 is the one to boot from. disk is ptuuid:…, wwn:…, serial:…, uuid:…, partuuid:… \
        (lsblk -o +PTUUID,WWN,SERIAL,UUID,PARTUUID shows them) or a path. mode is "rw" (one machine at a time), \
        "ro" (write protected, any number of machines) or "overlay" (any number of machines, each with a layer of \
        its own that its writes go to: see overlay). type is "disk", "removable" (a disk that machines can eject), \
        "cdrom" (a CD or DVD drive; mode "ro" only) or "auto": an ISO image of mode "ro" is a CD or DVD, all else a disk. \
        sanitize: true lets machines destroy all contents of the disk by the SCSI command of that name.
        """),
      Field("port", \.port, .integer(1...65535, "3260 is the usual one."), "TCP port."),
      Field(
        "portals", \.portals, Codec.inline(startingFrom: Site.Portal(address: "")).list,
        """
        Where to listen instead of on every IPv4 address: { address: "192.0.2.1", port: 3260, group: 1 }. Portals of \
        different groups are different ways to the disks; connections of one session stay in one group. With redirect: \
        "192.0.2.2:3260" logins are sent there, moved "temporarily" or "permanently".
        """),
      Field(
        optional: "chap", \.chap, .inline(startingFrom: Site.CHAP(user: "", secret: "")),
        example: #"{ user: "initiator", secret: "12 to 16 letters" }"#,
        """
        CHAP account; without it anyone on the network can use the disks. The secret has 12 to 16 characters. \
        With mutual: { user: …, secret: … } the target proves itself, too, by another secret.
        """),
      Field(
        "accounts", \.accounts,
        Codec.inline(
          startingFrom: Site.InitiatorAccount(initiator: "", chap: Site.CHAP(user: "", secret: ""))
        ).list,
        """
        Accounts of single initiators, instead of chap: { initiator: "iqn.2025-01.lan.home:one", user: "one", secret: \
        "12 to 16 letters" }, with mutual as there. * at the end of a name matches any rest; the first that fits counts.
        """),
      Field(
        "initiators", \.initiators, Codec.text(Check.initiator).list,
        "Names of the initiators that may log in; * at the end matches any rest. Empty: all that know the secret."
      ),
      Field(
        "stateDirectory", \.stateDirectory, .text(Check.optionalDirectory),
        """
        Directory where persistent reservations outlive a restart, for initiators that ask for it (APTPL). Empty, or in \
        RAM as all of the ramdisk: nowhere.
        """),
      Field(
        "overlay", \.overlay, .inline(startingFrom: Site.Overlay()),
        """
        What machines write to disks of mode "overlay". keep: until the machine logs out ("session"), until the target \
        is restarted ("restart") or "always". directory: where the layers are kept, as sparse files; empty: in RAM. \
        limit: most MiB that one machine can write to one LUN, 0 for any. memory: MiB of RAM for all of them, 0 for \
        half of what is free.
        """),
    ]
  }
}

extension Site.LogicalUnit: Section {
  static var fields: [Field<Self>] {
    [
      Field(
        "lun", \.lun, .integer(0...255, "LUN 0 is the disk to boot from."), required: true, "Its number."),
      Field("disk", \.disk, .text(Check.disk), required: true, "Which disk it is."),
      Field("mode", \.mode, .choice, "How it is shared."),
      Field("type", \.type, .choice, "What machines see it as."),
      Field("sanitize", \.sanitize, .boolean, "Whether machines may destroy its contents by SANITIZE."),
    ]
  }
}

extension Site.CHAP: Section {
  static var fields: [Field<Self>] {
    [
      Field("user", \.user, .text(Check.account), required: true, "The initiator's CHAP name."),
      Field("secret", \.secret, .text(Check.secret), required: true, "12 to 16 characters."),
      Field(
        optional: "mutual", \.mutual, .inline(startingFrom: Site.Account(user: "", secret: "")),
        example: "null",
        "The target's own account."),
    ]
  }
}

extension Site.Account: Section {
  static var fields: [Field<Self>] {
    [
      Field("user", \.user, .text(Check.account), required: true, "The CHAP name."),
      Field("secret", \.secret, .text(Check.secret), required: true, "12 to 16 characters."),
    ]
  }
}

extension Site.Network: Section {
  static var fields: [Field<Self>] {
    [
      Field(
        "interface", \.interface, .text(Check.interface),
        "Name or MAC address of the network card, or \"auto\": every wired one with a link."),
      Field(
        "address", \.address, .choice,
        """
        "auto" asks a DHCP server and takes the fallback address when none answers, "dhcp" keeps asking, "static" \
        takes the fallback address at once.
        """),
      Field(
        "fallback", \.fallback, .text(Check.interfaceAddress),
        "Address and prefix where no DHCP server answers."),
      Field(
        "dhcpWait", \.dhcpWait, .integer(1...300, "6 suits most networks."),
        "Seconds to wait for a DHCP server."),
    ]
  }
}

extension Site.DHCP: Section {
  static var fields: [Field<Self>] {
    [
      Field(
        "mode", \.mode, .choice,
        """
        "server" hands out addresses and boot information, "proxy" only boot information beside the network's own \
        DHCP server, "auto" is "proxy" where one answered and "server" where none did, "off" answers nothing. With a static \
        address nobody was asked, so that "auto" is "proxy" there.
        """),
      Field(
        "range", \.range, .text(Check.range),
        "First and last address to hand out, \"FIRST-LAST\". Empty: what is free in the fallback's network, at most 100."
      ),
      Field(
        "lease", \.lease, .integer(0...0x7FFF_FFFF, "0 is right for a disk that hangs on it."),
        "Seconds that a lease lasts, 60 or more; 0: for ever."),
    ]
  }
}

extension Site.Menu: Section {
  static var fields: [Field<Self>] {
    [
      Field("title", \.title, .text(Check.title), "Title of the menu."),
      Field(
        "timeout", \.timeout, .integer(0...3600, "10 leaves time to choose."),
        "Seconds until the default entry starts; 0 waits for ever."),
      Field(
        "defaultEntry", \.defaultEntry, .text(Check.optionalEntryID),
        """
        Identifier of the default entry: of one below, file name of a kernel (vmlinuz-6.1.0-28-amd64) or of an entry in \
        loader/entries without .conf, or disk-0. Empty: what the disk itself boots, or its newest kernel.
        """
      ),
      Field(
        optional: "login", \.login, .inline(startingFrom: Site.Login(user: "", passwordHash: "")),
        example: #"{ user: "user", passwordHash: "scrypt$14$…" }"#,
        """
        Account that is asked for before the menu is shown. Without it anyone on the network sees the menu, gets the \
        kernels and learns the CHAP secret.
        """),
      Field(
        "entries", \.entries, Codec.inline(startingFrom: Site.Entry(id: "", title: "")).list,
        """
        More entries: { id: "memtest", title: "Memory test", script: ["kernel http://…", "boot"] } runs iPXE \
        commands, { id: "windows", title: "Windows", sanboot: 1 } boots a LUN.
        """),
      Field(
        "clients", \.clients, Codec.inline(startingFrom: Site.Client()).keyed(by: Check.mac),
        """
        What is different for one machine, by its MAC address: "aa:bb:cc:dd:ee:ff": { defaultEntry: "…", timeout: 3, \
        commandLine: "quiet" }.
        """),
    ]
  }
}

extension Site.Login: Section {
  static var fields: [Field<Self>] {
    [
      Field("user", \.user, .text(Check.webUser), required: true, "The user's name."),
      Field(
        "passwordHash", \.passwordHash, .text(Check.passwordHash), required: true, "Hash of the password."),
    ]
  }
}

extension Site.Entry: Section {
  static var fields: [Field<Self>] {
    [
      Field("id", \.id, .text(Check.entryID), required: true, "Its identifier, unique."),
      Field("title", \.title, .text(Check.title), required: true, "What the menu says."),
      Field(
        optional: "script", \.script, Codec.text(Check.line).list, example: "null",
        "iPXE commands, one a line."),
      Field(
        optional: "sanboot", \.sanboot, .integer(0...255, "Name a LUN of target.luns."), example: "null",
        "The LUN to boot."),
    ]
  }
}

extension Site.Client: Section {
  static var fields: [Field<Self>] {
    [
      Field(
        optional: "defaultEntry", \.defaultEntry, .text(Check.entryID), example: "null", "Its default entry."),
      Field(
        optional: "timeout", \.timeout, .integer(0...3600, "10 leaves time to choose."), example: "null",
        "Its timeout."),
      Field(
        optional: "commandLine", \.commandLine, .text(Check.line), example: "null",
        "Added to the command line of every kernel it boots."),
    ]
  }
}

extension Site.Boot: Section {
  static var fields: [Field<Self>] {
    [
      Field(
        "partition", \.partition, .text(Check.partition),
        "File system with the kernels: uuid:…, partuuid:… or a device. Empty: no kernels, only whole disks."),
      Field(
        "path", \.path, .text(Check.directory),
        "Directory of the kernels there: \"/\" where that file system is mounted on /boot, else \"/boot\"."),
      Field(
        "commandLine", \.commandLine, .text(Check.line),
        "Command line of kernels that no Boot Loader Specification entry describes, as in /proc/cmdline."),
      Field("extraCommandLine", \.extraCommandLine, .text(Check.line), "Added to every command line."),
      Field(
        "initramfs", \.initramfs, .text(Check.initramfs),
        "What made the initramfs images: dracut or initramfs-tools, with -VERSION if known."),
    ]
  }
}

extension Site.Admin: Section {
  static var fields: [Field<Self>] {
    [
      Field(
        "passwordHash", \.passwordHash, .text(Check.optionalPasswordHash),
        "Hash of the password that the status page asks for (user name: admin). Empty: anyone on the network may look."
      )
    ]
  }
}
