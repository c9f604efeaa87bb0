/// Turns what a terminal was sent into lines of plain text.
///
/// Firmware, GRUB and iPXE paint with cursor movements. A movement to another place ends the line, colours vanish,
/// so what was painted in one go stands in one line: good enough to look for words in.
struct TerminalText: Sendable {
  /// Lines that are complete.
  private(set) var lines: [String] = []
  /// Bytes of the line that is still growing.
  private var current: [UInt8] = []
  private var state = State.text

  private enum State: Sendable {
    case text
    case escape
    /// In a control sequence, with its parameter bytes.
    case control([UInt8])
    /// In an operating system command (a window title), which ends with BEL or ESC \.
    case command(escaped: Bool)
  }

  /// The line that is still growing.
  var partial: String { String(decoding: current, as: UTF8.self) }

  mutating func append(_ bytes: some Sequence<UInt8>) { for byte in bytes { append(byte) } }

  private mutating func append(_ byte: UInt8) {
    switch state {
    case .text: appendText(byte)
    case .escape:
      switch byte {
      case UInt8(ascii: "["): state = .control([])
      case UInt8(ascii: "]"): state = .command(escaped: false)
      default: state = .text
      }
    case .control(let parameters):
      if (0x20..<0x40).contains(byte), parameters.count < 32 {
        state = .control(parameters + [byte])
      } else {
        state = .text
        finish(control: byte, parameters)
      }
    case .command(let escaped):
      let ends = byte == 7 || (escaped && byte == UInt8(ascii: "\\"))
      state = ends ? .text : .command(escaped: byte == 0x1B)
    }
  }

  private mutating func appendText(_ byte: UInt8) {
    switch byte {
    case 0x0A: endLine()
    case 0x1B: state = .escape
    case 0x08: _ = current.popLast()
    case 0x09: current.append(0x20)
    case 0..<0x20, 0x7F: break
    default:
      current.append(byte)
      // A screen repainted without a line's end must not grow for ever.
      if current.count >= 4096 { endLine() }
    }
  }

  private mutating func finish(control final: UInt8, _ parameters: [UInt8]) {
    switch final {
    case UInt8(ascii: "H"), UInt8(ascii: "f"), UInt8(ascii: "d"), UInt8(ascii: "J"), UInt8(ascii: "A"),
      UInt8(ascii: "B"):
      endLine()
    case UInt8(ascii: "C"), UInt8(ascii: "G"):
      if !current.isEmpty { current.append(0x20) }
    default: break
    }
  }

  private mutating func endLine() {
    // A cursor movement at the start of a line says nothing.
    while current.last == 0x20 { current.removeLast() }
    if !current.isEmpty { lines.append(String(decoding: current, as: UTF8.self)) }
    current.removeAll(keepingCapacity: true)
  }
}
