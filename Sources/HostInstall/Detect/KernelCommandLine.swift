/// A kernel command line, as a list of parameters.
public struct KernelCommandLine: Hashable, Sendable, CustomStringConvertible {
  public var parameters: [String]

  /// Splits at blanks outside double quotes, as the kernel does (next_arg in lib/cmdline.c).
  public init(_ text: some StringProtocol) {
    var current = ""
    var quoted = false
    parameters = []
    for character in text {
      if character == "\"" { quoted.toggle() }
      if character.isWhitespace && !quoted {
        if !current.isEmpty { parameters.append(current) }
        current = ""
      } else {
        current.append(character)
      }
    }
    if !current.isEmpty { parameters.append(current) }
  }

  public var description: String { parameters.joined(separator: " ") }

  /// Without what a boot loader adds and what holds for one boot only: the image's name, and all that tells a system
  /// booted from the network where its disk is.
  public func portable() -> KernelCommandLine {
    var result = self
    result.parameters.removeAll { parameter in
      let name = parameter.split(separator: "=", maxSplits: 1).first.map(String.init) ?? ""
      return KernelCommandLine.transient.contains(name) || name.hasPrefix("rd.iscsi.")
        || parameter.hasPrefix("ip=bootnet:") || parameter.hasPrefix("ifname=bootnet:")
    }
    return result
  }

  private static let transient: Set<String> = ["BOOT_IMAGE", "initrd", "netroot", "rd.neednet", "BOOTIF"]

  /// With `root=` naming the file system by its UUID where it names a device that is called otherwise elsewhere.
  public func withRoot(uuid: String?) -> KernelCommandLine {
    guard let uuid else { return self }
    var result = self
    let stable = "root=UUID=\(uuid)"
    if let index = parameters.firstIndex(where: { $0.hasPrefix("root=") }) {
      let isNode =
        parameters[index].hasPrefix("root=/dev/") && !parameters[index].hasPrefix("root=/dev/mapper/")
      if isNode { result.parameters[index] = stable }
    } else {
      result.parameters.insert(stable, at: 0)
    }
    return result
  }
}
