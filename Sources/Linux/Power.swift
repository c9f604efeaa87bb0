import CLinux
import Glibc

/// How a machine goes down.
public enum PowerAction: String, Hashable, Sendable, Codable {
  case powerOff, restart, halt
}

/// Stops the machine at once, without writing anything back (reboot(2)). Returns only by throwing.
public func stopMachine(_ action: PowerAction) throws(SystemError) {
  let how =
    switch action {
    case .powerOff: CLINUX_POWER_OFF
    case .restart: CLINUX_RESTART
    case .halt: CLINUX_HALT
    }
  try syscall("stop the machine (\(action.rawValue))") { clinux_reboot(Int32(how)) }
}

/// Makes Ctrl-Alt-Del a SIGINT to PID 1 instead of an instant restart.
public func catchCtrlAltDel() throws(SystemError) {
  try syscall("take over Ctrl-Alt-Del") { clinux_catch_ctrl_alt_del() }
}

/// Only kernel messages more urgent than `level` (1...8) reach the console.
public func setConsoleLogLevel(_ level: Int32) throws(SystemError) {
  try syscall("quieten the kernel") { clinux_set_console_log_level(level) }
}

/// An input device that has a power key.
public final class PowerKey: Sendable {
  private let device: OwnedDescriptor

  /// Nil if the device has no power key or cannot be opened.
  public init?(path: String) {
    guard let device = try? OwnedDescriptor(path: path, flags: O_RDONLY | O_NONBLOCK),
      clinux_has_power_key(device.number) != 0
    else { return nil }
    self.device = device
  }

  /// For `poll`.
  public var number: Int32 { device.number }

  /// Whether it was pressed since the last call.
  ///
  /// - Throws: `SystemError`, ENODEV when the device is gone.
  public func wasPressed() throws(SystemError) -> Bool {
    try syscall("read a power key") { clinux_power_key_pressed(number) } == 1
  }
}

/// Columns and rows of a terminal; nil if it does not say, as a serial line.
public func terminalSize(_ descriptor: Int32) -> (columns: Int, rows: Int)? {
  var columns: UInt16 = 0
  var rows: UInt16 = 0
  guard clinux_terminal_size(descriptor, &columns, &rows) == 0, columns > 0, rows > 0 else { return nil }
  return (Int(columns), Int(rows))
}
