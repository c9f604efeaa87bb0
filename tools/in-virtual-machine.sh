#!/usr/bin/env bash
# in-virtual-machine.sh KERNEL-TREE COMMAND...: runs a command as root under another kernel, for what the running one
# lacks: FAT. KERNEL-TREE is the unpacked package user-mode-linux. The machine's root is this one's, read-only; /dev/shm
# is its own.
set -euo pipefail
tree=$1
shift
# Not in /dev, which the machine mounts anew.
work=$(mktemp -d /var/tmp/virtual-machine-XXXXXX)
trap 'rm -r "$work"' EXIT
modules=$(echo "$tree"/usr/lib/uml/modules/*/kernel)

{
  cat <<END
#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mountpoint -q /dev || mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/shm
mount -t tmpfs tmpfs /dev/shm
for module in drivers/block/loop fs/fuse/fuse fs/fat/fat fs/fat/vfat fs/nls/nls_cp437 fs/nls/nls_ascii fs/nls/nls_iso8859-1; do
  insmod "$modules/\$module.ko"
done
cd "$PWD"
END
  printf 'env -i PATH=%q HOME=/root LANG=C.UTF-8 ' "$PATH"
  printf '%q ' "$@"
  # What ends the first process panics the kernel: the machine is switched off.
  printf '\necho "the virtual machine ends: $?"\necho o >/proc/sysrq-trigger\nsleep 60\n'
} >"$work/init"
chmod +x "$work/init"

# Its memory is a file, in TMPDIR.
TMPDIR=/dev/shm "$tree/usr/bin/linux.uml" mem=3G root=/dev/root rootfstype=hostfs ro init="$work/init" \
  con=null con0=fd:0,fd:1 quiet </dev/null 2>&1 | sed -u 's|\r$||' | tee "$work/output" || true
grep -q '^the virtual machine ends: 0$' "$work/output"
