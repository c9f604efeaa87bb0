import CLinux
import Glibc

/// `MAJOR:MINOR`, as /sys/dev and /proc/self/mountinfo write it.
public func deviceNumberText(_ device: dev_t) -> String {
  "\(clinux_major(UInt64(device))):\(clinux_minor(UInt64(device)))"
}
