/// The words of the kernel's command line that are ours: those that begin with `ramdisk.`.
public struct KernelCommandLine: Hashable, Sendable {
  private let words: [String: String]

  /// - Parameter text: the content of /proc/cmdline. A value may be quoted.
  public init(_ text: String) {
    var words: [String: String] = [:]
    var word = ""
    var isQuoted = false
    func take(_ word: String) {
      let equals = word.firstIndex(of: "=") ?? word.endIndex
      words[String(word[..<equals])] = String(word[equals...].dropFirst())
    }
    for character in text {
      if character == "\"" {
        isQuoted.toggle()
      } else if character.isWhitespace && !isQuoted {
        take(word)
        word = ""
      } else {
        word.append(character)
      }
    }
    take(word)
    self.words = words
  }

  /// `ramdisk.debug`: everything that happens is told on the console, the kernel's messages too.
  public var isDebug: Bool { isSet("ramdisk.debug") }
  /// `ramdisk.shell`: a shell on every console from the start.
  public var wantsShell: Bool { isSet("ramdisk.shell") }

  private func isSet(_ name: String) -> Bool {
    words[name].map { $0 != "0" && $0 != "no" } ?? false
  }
}
