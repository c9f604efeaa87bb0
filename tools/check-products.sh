#!/usr/bin/env bash
# What the built programs and the payload may be: static, small, few libraries.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
: "${RAMDISKD:?the built ramdiskd}" "${RAMDISK_INSTALL:?the built ramdisk-install}" "${RAMDISK_PAYLOAD_DIR:?}"
status=0
complain() {
  echo "check-products: $*" >&2
  status=1
}

size=$(stat -c %s "$RAMDISKD")
[ "$size" -lt $((32 * 1024 * 1024)) ] || complain "ramdiskd has $size bytes: at most 32 MiB"
! ldd "$RAMDISKD" >/dev/null 2>&1 || complain "ramdiskd is not static"

libraries=$(objdump -p "$RAMDISK_INSTALL" | awk '/NEEDED/ { print $2 }' |
  grep -vE '^(libc|libm|ld-linux-x86-64|libblkid|libefivar|libefiboot)\.so' || true)
[ -z "$libraries" ] || complain "ramdisk-install needs more than libc, libblkid and libefivar: $libraries"

total=$(($(stat -c %s "$RAMDISK_PAYLOAD_DIR/vmlinuz") + $(stat -c %s "$RAMDISK_PAYLOAD_DIR/initrd.img") + \
  $(stat -c %s "$RAMDISK_PAYLOAD_DIR/modules.img")))
[ "$total" -lt 48000000 ] || complain "kernel, initrd and modules have $total bytes: at most 48 MB"
echo "check-products: ramdiskd $size bytes, payload $total bytes"
exit $status
