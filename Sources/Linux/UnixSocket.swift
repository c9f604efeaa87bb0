import CLinux
import Glibc

/// A stream socket with a name in the file system, for the owner only.
public enum UnixSocket {
  /// Listens at `path` with mode 0600; the name left by a killed process is taken over.
  ///
  /// - Throws: `SystemError`, EADDRINUSE when someone answers there.
  public static func listen(at path: String) throws(SystemError) -> OwnedDescriptor {
    OwnedDescriptor(owning: try syscall("listen at \(path)") { clinux_unix_listen(path) })
  }

  public static func connect(to path: String) throws(SystemError) -> OwnedDescriptor {
    OwnedDescriptor(owning: try syscall("connect to \(path)") { clinux_unix_connect(path) })
  }

  /// The next waiting connection, whose reads and writes wait at most `seconds`; nil when there is none.
  public static func accept(_ listener: Int32, patience seconds: Int32) throws(SystemError)
    -> OwnedDescriptor?
  {
    do {
      return OwnedDescriptor(
        owning: try syscall("accept a connection") { clinux_unix_accept(listener, seconds) })
    } catch {
      if error.errno == EAGAIN || error.errno == ECONNABORTED { return nil }
      throw error
    }
  }
}
