// openat2(2), which glibc does not wrap.
#pragma once

/// Opens a path as if `directory` were the root of the file system: neither `..` nor symbolic links lead out of it,
/// and device-like links of /proc are not followed. Returns a descriptor or -1.
int clinux_open_in_root(int directory, const char *path, int flags);
