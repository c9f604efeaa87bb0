/// What a virtual machine is made of.
public struct MachineConfiguration: Sendable {
  /// Names it in messages and its files in the workspace; unique among the machines of a workspace.
  public var name: String
  public var firmware: Firmware
  /// With which UEFI starts signed programs only; nil: it starts any.
  public var keys: KnownKeys?
  /// In MiB.
  public var memory = 1024
  /// One: emulated processors that share an emulated clock (HPET) hold each other up, for minutes at times.
  public var processors = 1
  /// Raw disk images, in order; the first is what the firmware boots.
  public var disks: [String] = []
  /// A disc in a CD drive; the firmware boots it rather than a disk.
  public var disc: String?
  /// Raw image of a USB stick; the firmware boots it rather than a disk.
  public var stick: String?
  /// What the network card is connected to; without it there is no card.
  public var network: NetworkConnection?
  /// The network card's address.
  public var address: String
  /// Network namespace the machine runs in, needed for `NetworkConnection.tap`.
  public var networkNamespace: String?

  public init(name: String, firmware: Firmware, address: String) {
    self.name = name
    self.firmware = firmware
    self.address = address
  }

  /// The file each machine has its own of, in the workspace.
  enum File: String {
    case console = "console"
    case monitor = "monitor"
    case variables = "variables.fd"
    case consoleLog = "console.log"
    case log = "qemu.log"
  }

  func path(_ file: File, in workspace: Workspace) -> String {
    workspace.file("\(name).\(file.rawValue)")
  }

  /// QEMU's name for the character device that is the serial console.
  static let consoleDevice = "console"

  /// The whole command line.
  func arguments(accelerator: Accelerator, in workspace: Workspace) throws -> [String] {
    var arguments: [String] = []
    if let networkNamespace { arguments += ["ip", "netns", "exec", networkNamespace] }
    arguments += ["qemu-system-x86_64", "-name", name, "-nodefaults", "-no-user-config", "-display", "none"]
    arguments += accelerator.arguments
    arguments += ["-m", "\(memory)", "-smp", "\(processors)"]
    arguments += try firmware.arguments(
      variables: path(.variables, in: workspace), keys: keys)
    // Waits until somebody listens: nothing the machine says is lost.
    arguments += [
      "-chardev",
      "socket,id=\(Self.consoleDevice),server=on,wait=on,path=\(path(.console, in: workspace)),logfile=\(path(.consoleLog, in: workspace)),logappend=on",
      "-serial", "chardev:\(Self.consoleDevice)",
      "-qmp", "unix:\(path(.monitor, in: workspace)),server=on,wait=off",
    ]
    for (number, disk) in disks.enumerated() {
      arguments += [
        "-drive", "if=none,id=disk\(number),format=raw,discard=unmap,file=\(disk)",
        "-device",
        "virtio-blk-pci,drive=disk\(number),serial=lab-disk-\(number),bootindex=\(number + removable)",
      ]
    }
    return arguments + removableArguments + networkArguments
  }

  /// How many media come before the disks.
  private var removable: Int { (disc == nil ? 0 : 1) + (stick == nil ? 0 : 1) }

  private var removableArguments: [String] {
    var arguments: [String] = []
    if let disc {
      arguments += [
        "-drive", "if=none,id=disc,format=raw,media=cdrom,readonly=on,file=\(disc)",
        "-device", "ide-cd,drive=disc,bootindex=0",
      ]
    }
    if let stick {
      arguments += [
        "-device", "qemu-xhci", "-drive", "if=none,id=stick,format=raw,file=\(stick)",
        "-device", "usb-storage,drive=stick,removable=on,bootindex=\(removable - 1)",
      ]
    }
    return arguments
  }

  private var networkArguments: [String] {
    guard let network else { return [] }
    // OVMF has a driver for the card; with iPXE's ROM it would not be the firmware's own network boot.
    let rom = firmware == .uefi ? ",romfile=" : ""
    return [
      "-netdev", network.argument(id: "net"),
      "-device", "virtio-net-pci,netdev=net,mac=\(address),bootindex=\(disks.count + removable)\(rom)",
    ]
  }
}

/// One connection of a machine's network card.
public enum NetworkConnection: Sendable {
  /// One end of a cable, named by a socket's path. The listening end must be there first; the other end may come
  /// and go.
  case cable(path: String, listens: Bool)
  /// An existing tap interface of the machine's network namespace, so that programs there can take part.
  case tap(interface: String)

  func argument(id: String) -> String {
    switch self {
    case .cable(let path, let listens):
      "stream,id=\(id),server=\(listens ? "on" : "off"),addr.type=unix,addr.path=\(path)"
    case .tap(let interface): "tap,id=\(id),ifname=\(interface),script=no,downscript=no"
    }
  }
}
