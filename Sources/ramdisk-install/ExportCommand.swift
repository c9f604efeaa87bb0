import ArgumentParser
import HostInstall
import PayloadImage
import Synchronization
import SystemPackage

struct ExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write the ramdisk as one bootable file, for machines whose disks are not to be touched.",
    discussion: """
      The file holds the configuration with its secrets: it is readable by its owner only, and whoever has the stick
      has the secrets. Loaders are taken from this machine's packages; what is missing is named.
      """)

  @Option(
    help: ArgumentHelp("An EFI program, to be started by firmware.", valueName: "FILE"), completion: .file())
  var efi: String?

  @Option(help: ArgumentHelp("A CD image for BIOS and UEFI.", valueName: "FILE"), completion: .file())
  var iso: String?

  @Option(
    help: ArgumentHelp("A disk image for a USB stick, for BIOS and UEFI.", valueName: "FILE"),
    completion: .file())
  var usb: String?

  @Option(
    help: ArgumentHelp("The configuration; otherwise the installed one.", valueName: "FILE"),
    completion: .file(extensions: ["json5"]))
  var config: String?

  @Option(
    help: ArgumentHelp("Parameters for the ramdisk's kernel: \"console=ttyS0,115200\".", valueName: "TEXT"))
  var kernelParameters = ""

  @Option(
    help: ArgumentHelp(
      "Sign the EFI program with this private key (PEM), for Secure Boot.", valueName: "FILE"),
    completion: .file())
  var signKey: String?

  @Option(
    help: ArgumentHelp("The certificate of that key (PEM).", valueName: "FILE"), completion: .file())
  var signCertificate: String?

  @Option(
    help: ArgumentHelp("Directory with the ramdisk's kernel and segments.", valueName: "DIR"),
    completion: .directory)
  var payload: String?

  @Option(
    help: ArgumentHelp("Take the configuration of the system mounted at this directory.", valueName: "DIR"),
    completion: .directory)
  var root = "/"

  @Flag(help: "Print JSON for programs.")
  var json = false

  func validate() throws {
    guard targets.count == 1 else {
      throw ValidationError("name one file: --efi FILE, --iso FILE or --usb FILE")
    }
    guard (signKey == nil) == (signCertificate == nil) else {
      throw ValidationError("--sign-key and --sign-certificate belong together")
    }
    guard signKey == nil || efi != nil else {
      throw ValidationError("only the EFI program can be signed: --sign-key needs --efi FILE")
    }
  }

  private var signingKey: SigningKey? {
    guard let signKey, let signCertificate else { return nil }
    return SigningKey(key: FilePath(signKey), certificate: FilePath(signCertificate))
  }

  private var targets: [(form: ExportForm, file: String)] {
    [(.efi, efi), (.iso, iso), (.usb, usb)].compactMap { form, file in file.map { (form, $0) } }
  }

  func run() async throws {
    guard let target = targets.first else { throw ValidationError("name one file") }
    let console = Console(json: json)
    let result: Export.Result
    do {
      let root: HostRoot = self.root == "/" ? .local : try HostRoot(path: self.root)
      console.line("Writing \(target.file) ...")
      // The secrets must not stay in a directory of a run that was killed.
      Interruption.listen()
      result = try await Export(
        form: target.form, file: target.file, config: config, payload: PayloadOptions.directory(payload),
        parameters: kernelParameters, signingKey: signingKey
      ).run(on: root) { Interruption.happened.load(ordering: .relaxed) }
    } catch { throw Failure.failed("\(error)\nNothing was written.") }
    if json { return Console.output(try JSONText.of(result)) }
    Console.output(
      """
      Done: \(result.size >> 20) MiB, version \(result.productVersion), kernel \(result.kernelVersion), with \(result.config).
      It holds secrets: keep it as you keep that file.
      \(target.form.advice(target.file))
      """)
  }
}

extension ExportForm {
  /// What to do with the file.
  fileprivate func advice(_ file: String) -> String {
    switch self {
    case .efi:
      "What next: copy it to an EFI system partition as EFI/BOOT/BOOTX64.EFI, or give it to 'efibootmgr --create'."
    case .iso: "What next: burn it, give it to a virtual machine, or copy it to a USB stick as it is."
    case .usb:
      "What next: 'dd if=\(file) of=/dev/STICK bs=4M conv=fsync' writes it to a USB stick; what is on that is lost."
    }
  }
}
