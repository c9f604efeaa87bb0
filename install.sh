#!/usr/bin/env bash
# Builds iSCSI Target Ramdisk from this clone and installs it, or shows it working in two virtual machines.
set -euo pipefail
# shellcheck source=tools/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/tools/lib.sh"

usage() {
  cat <<END
usage: sudo ./install.sh [ARGUMENTS OF ramdisk-install ...]
       ./install.sh --try [ARGUMENTS OF ramdisk-install try ...]
       ./install.sh --build-only

Without options: installs what is needed to build, builds ramdiskd, ramdisk-install and the payload, installs
them under PREFIX and runs ramdisk-install, which shows its plan and asks before it changes anything.

  --try         build everything and see it work in two virtual machines; touches nothing on this machine
                but for packages that building and QEMU need
  --build-only  build, and stop

environment: PREFIX (default /usr/local), DESTDIR (stage the files there and run nothing)
END
}

mode=install
case ${1-} in
  --try) mode=try; shift ;;
  --build-only) mode=build; shift ;;
  -h | --help) usage; exit 0 ;;
esac
prefix=${PREFIX:-/usr/local}
destdir=${DESTDIR:-}

if [ "$mode" = install ] && [ -z "$destdir" ] && [ "$(id -u)" != 0 ]; then
  fail "installing needs root: run 'sudo ./install.sh', or './install.sh --try' to see it work first"
fi

need_packages build
[ "$mode" = try ] && need_packages try
need_swift
build_runtime
build_host_tools
build_payload

install_files() {
  local share=$destdir$prefix/share section page unit
  install -D -m 0755 "$host_build/release/ramdisk-install" "$destdir$prefix/sbin/ramdisk-install"
  install -D -m 0755 "$static_build/release/ramdiskd" "$destdir$prefix/sbin/ramdiskd"
  for page in "$repo"/man/*.[58]; do
    section=${page##*.}
    install -D -m 0644 "$page" "$share/man/man$section/${page##*/}"
  done
  install -d "$share/iscsi-target-ramdisk/distro" "$share/iscsi-target-ramdisk/payload"
  install -d "$share/iscsi-target-ramdisk/distro/hooks" "$share/iscsi-target-ramdisk/distro/predecessors"
  install -m 0644 "$repo"/distro/*.json5 "$share/iscsi-target-ramdisk/distro/"
  install -m 0644 "$repo"/distro/hooks/* "$share/iscsi-target-ramdisk/distro/hooks/"
  install -m 0644 "$repo"/distro/predecessors/* "$share/iscsi-target-ramdisk/distro/predecessors/"
  install -m 0644 "$payload_dir"/* "$share/iscsi-target-ramdisk/payload/"
  install -m 0755 "$repo/packaging/package-hook" "$share/iscsi-target-ramdisk/package-hook"
  unit=$destdir$prefix/lib/systemd/system/ramdiskd.service
  install -D -m 0644 "$repo/packaging/ramdiskd.service" "$unit"
  sed -i "s,@PREFIX@,$prefix,g" "$unit"
  install_completions ramdisk-install "$host_build/release/ramdisk-install" "$share"
  install_completions ramdiskd "$static_build/release/ramdiskd" "$share"
}

# install_completions NAME PROGRAM SHARE: what bash, zsh and fish read; the program writes them itself.
install_completions() {
  local shell file
  for shell in bash zsh fish; do
    case $shell in
      bash) file=bash-completion/completions/$1 ;;
      zsh) file=zsh/site-functions/_$1 ;;
      fish) file=fish/vendor_completions.d/$1.fish ;;
    esac
    install -D -m 0644 /dev/null "$3/$file"
    "$2" --generate-completion-script "$shell" >"$3/$file"
  done
}

case $mode in
  build) say "built: $host_build/release/ramdisk-install, $static_build/release/ramdiskd, $payload_dir" ;;
  try)
    as_root "$host_build/release/ramdisk-install" try --payload "$payload_dir" --cache "$cache_dir/lab" "$@"
    ;;
  install)
    say "installing under $destdir$prefix"
    install_files
    if [ -n "$destdir" ]; then
      say "staged in $destdir; nothing was run"
    else
      exec "$prefix/sbin/ramdisk-install" "$@"
    fi
    ;;
esac
