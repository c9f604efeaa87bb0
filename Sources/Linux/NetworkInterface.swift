import CLinux
import Glibc

/// What is asked of a network interface without netlink.
public enum NetworkInterface {
  /// The kernel's number of an interface; nil if there is none of that name.
  public static func index(of name: String) -> UInt32? {
    let index = if_nametoindex(name)
    return index == 0 ? nil : index
  }

  /// The largest IP packet it carries; nil if there is no such interface.
  public static func mtu(ofIndex index: UInt32) -> Int? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(IF_NAMESIZE)) { name in
      guard let base = name.baseAddress, if_indextoname(index, base) != nil else { return nil }
      let mtu = clinux_mtu(base)
      return mtu > 0 ? Int(mtu) : nil
    }
  }

  /// The six bytes of its Ethernet address.
  public static func hardwareAddress(of name: String) throws(SystemError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 6)
    try syscall("read the hardware address of \(name)") { clinux_hardware_address(name, &bytes) }
    return bytes
  }
}
