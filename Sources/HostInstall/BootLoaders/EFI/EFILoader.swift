/// The firmware itself, by a boot option at the end of its list: the kernel is a program that firmware can start, and
/// reads its segments from the EFI system partition.
struct EFILoader: BootLoader {
  let context: BootLoaderContext

  init(_ context: BootLoaderContext) { self.context = context }

  let kind = BootLoaderKind.efi
  let reason =
    "the firmware starts the ramdisk's kernel without any boot loader, as the last of its boot options"
  let remarks: [Finding] = []

  var payloadDirectory: String {
    (efi.systemPartition?.mountPoint ?? "/boot/efi") + "/" + Files.name(InstalledPaths.payloadDirectory)
  }

  var obstacle: Obstacle? {
    guard efi.isPresent, efi.isWritable else {
      return Obstacle(
        "there are no UEFI variables that could be written",
        remedy: "run this on the machine itself, started by UEFI, with efivarfs mounted read-write")
    }
    guard let partition = efi.systemPartition else {
      return Obstacle(
        "no EFI system partition is mounted",
        remedy: "mount it at /efi or /boot/efi, and name it in /etc/fstab")
    }
    guard partition.partitionUUID != nil, partition.number != nil, partition.start != nil,
      partition.length != nil
    else {
      return Obstacle(
        "the place of \(partition.mountPoint) in its disk's GPT is not known",
        remedy: "use an EFI system partition on a disk with a GPT")
    }
    guard !efi.order.isEmpty else {
      return Obstacle(
        "the firmware has no list of boot options: the ramdisk would be the first and so the default",
        remedy: "make a boot option for the system with efibootmgr")
    }
    guard context.facts.secureBoot != .enabled else {
      return Obstacle(
        "Secure Boot is on, and the firmware does not start a kernel that it has no key for",
        remedy: "--bootloader grub or systemd-boot, where shim checks the kernel; or turn Secure Boot off")
    }
    return nil
  }

  var step: any InstallStep { EFIStep(context: context, payloadDirectory: payloadDirectory) }

  var hasEntry: Bool { efi.ours.map { efi.order.contains($0) } ?? false }
  var entry: String { efi.ours.map { BootOptions.name($0).name } ?? "Boot----" }
  var nextEntry: String? { efi.next.map { BootOptions.name($0).name } }

  var onceObstacle: Obstacle? {
    guard efi.isPresent, efi.isWritable else {
      return Obstacle(
        "there are no UEFI variables that could be written",
        remedy: "choose the ramdisk in the firmware's boot menu")
    }
    return nil
  }

  func choose(_ transaction: Transaction, _ runner: any CommandRunner) async throws {
    guard let ours = efi.ours else { return }
    try transaction.set(
      BootOptions.nextName, FirmwareValue(BootOptions.bytes([ours])), role: .choice, number: ours)
  }

  private var efi: EFIFacts { context.facts.efi }
}

/// A boot option is made and put at the end of the list: never first, or the machine would always boot the ramdisk.
struct EFIStep: InstallStep {
  let context: BootLoaderContext
  let payloadDirectory: String

  let id = "efi"
  var title: String { "Add the boot option \"iSCSI Target Ramdisk\" to the firmware" }
  var details: [String] {
    ["Boot####: \(payloadDirectory)/\(InstalledPaths.kernel), at the end of BootOrder"]
  }

  func apply(_ step: StepContext) async throws {
    guard let partition = context.facts.efi.systemPartition,
      let directory = partition.inside(payloadDirectory)
    else { return }
    try requireProgram(step.root.resolve("\(payloadDirectory)/\(InstalledPaths.kernel)"))
    let option = try LoadOption(
      title: BootOptions.title, partition: partition, program: "\(directory)/\(InstalledPaths.kernel)",
      arguments: EFIStep.arguments(directory: directory, parameters: context.parameters)
    ).encoded()
    let table = try BootOptions(step.transaction.firmware)
    guard let number = table.ours ?? table.free else {
      throw FirmwareError(attempt: "make a boot option", reason: "all numbers are taken")
    }
    try step.transaction.set(BootOptions.name(number), FirmwareValue(option), role: .option, number: number)
    guard !table.order.contains(number) else { return }
    let present = try step.transaction.firmware.read(BootOptions.orderName)
    try step.transaction.set(
      BootOptions.orderName,
      FirmwareValue(
        BootOptions.bytes(table.order + [number]),
        attributes: present?.attributes ?? FirmwareValue.persistent),
      role: .order, number: number)
  }

  /// The kernel's command line: the segments as the kernel's EFI stub names them (Documentation/admin-guide/efi-stub.rst).
  static func arguments(directory: String, parameters: [String]) -> String {
    let segments = InstalledPaths.segments.map { name in
      "initrd=" + "\(directory)/\(name)".replacing("/", with: "\\")
    }
    return (segments + parameters).joined(separator: " ")
  }

  /// Firmware starts programs in Microsoft's PE form; a kernel without CONFIG_EFI_STUB is none.
  private func requireProgram(_ path: String) throws {
    var start: [UInt8] = []
    try Files.forEachChunk(of: path) { chunk in if start.isEmpty { start = Array(chunk.prefix(2)) } }
    guard start == Array("MZ".utf8) else {
      throw FirmwareError(
        attempt: "let the firmware start \(path)", reason: "it is no EFI program: its kernel has no EFI stub")
    }
  }
}
