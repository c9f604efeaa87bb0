#!/usr/bin/env bash
# Tests the packages: ./test.sh packaging runs this. Usage: packaging/test.sh STAGE, made by install.sh with PREFIX=/usr.
set -euo pipefail
# shellcheck source=tools/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tools/lib.sh"

stage=$(realpath "${1:?usage: packaging/test.sh STAGE}")
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
name=iscsi-target-ramdisk
journal=/var/lib/ramdisk-install/journal.jsonl

# expect TEXT FILE: the file holds the text.
expect() { grep -qF -- "$1" "$2" || fail "'$1' is missing in: $(cat "$2")"; }

# --- Completions: right by their shell, and an option is completed.
share=$stage/usr/share
for program in ramdisk-install ramdiskd; do
  bash -n "$share/bash-completion/completions/$program"
  zsh -n "$share/zsh/site-functions/_$program"
  fish --no-config --no-execute "$share/fish/vendor_completions.d/$program.fish"
done
mkdir "$work/bin" "$work/home"
ln -s "$stage/usr/sbin/ramdisk-install" "$stage/usr/sbin/ramdiskd" "$work/bin/"
export HOME=$work/home XDG_DATA_HOME=$work/home XDG_CONFIG_HOME=$work/home
# shellcheck disable=SC2016 # these scripts are for the other shells
{
  bash -c 'source "$1"
    COMP_WORDS=(ramdisk-install install --dry) COMP_CWORD=2 COMP_LINE="ramdisk-install install --dry" COMP_POINT=29
    $(complete -p ramdisk-install | sed -n "s/.*-F \([^ ]*\).*/\1/p") ramdisk-install --dry install
    printf "%s\n" "${COMPREPLY[@]}"' bash "$share/bash-completion/completions/ramdisk-install" >"$work/bash.out"
  PATH=$work/bin:$PATH fish --no-config -c 'source $argv[1]; complete -C "ramdisk-install install --dry"' \
    "$share/fish/vendor_completions.d/ramdisk-install.fish" >"$work/fish.out"
  PATH=$work/bin:$PATH timeout 60 zsh -f "$repo/packaging/complete.zsh" "$share/zsh/site-functions" \
    'ramdisk-install install --dry' >"$work/zsh.out" </dev/null
}
for shell in bash zsh fish; do expect --dry-run "$work/$shell.out"; done
say "completions: bash, zsh and fish complete an option"

# --- The unit.
sed "s,/usr/sbin/,$stage/usr/sbin/," "$stage/usr/lib/systemd/system/ramdiskd.service" >"$work/ramdiskd.service"
SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --man=no "$work/ramdiskd.service" 2>"$work/unit.out" ||
  fail "the unit: $(cat "$work/unit.out")"
! grep -F ramdiskd.service "$work/unit.out" || fail "the unit has mistakes"

# --- The .deb: what lintian says, and its whole life on a fresh Debian.
"$repo/packaging/build-deb.sh" --stage "$stage" --output "$work" --uncompressed
deb=$(echo "$work"/*.deb)
# Only this test's package is not compressed: unpacking it is quicker.
lintian --allow-root --fail-on error,warning \
  --suppress-tags uses-no-compression-for-control-tarball,uses-no-compression-for-data-tarball "$deb"
depends=$(dpkg-deb -f "$deb" Depends | sed -E 's/ \([^)]*\)//g; s/ *\|[^,]*//g; s/, */,/g')
say "installing it on a fresh Debian ($depends)"
root=$work/root
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
base=$cache_dir/packaging-$release.tar
if [ ! -e "$base" ]; then
  mkdir -p "$cache_dir"
  # mmdebstrap goes by the end of the name.
  mmdebstrap --quiet --variant=minbase --include="$depends" "$release" "${base%.tar}.new.tar"
  mv "${base%.tar}.new.tar" "$base"
fi
mkdir -p "$root"
tar -C "$root" --xattrs -xpf "$base"
mkdir -p "$root/boot/grub"
echo "menuentry old {}" >"$root/boot/grub/grub.cfg"
mv "$deb" "$root/package.deb"
# With /proc, as the programs need it; it goes with the command.
on_root() {
  # shellcheck disable=SC2016 # for the inner shell
  unshare --mount --propagation private sh -c 'mount -t proc proc "$1/proc" && shift && exec chroot "$@"' sh \
    "$root" "$root" env RAMDISK_INSTALL_KEEP="${keep-}" PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C "$@"
}
# Everything but what dpkg and apt write for themselves.
state() {
  (cd "$root" && find . -xdev \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./var/lib/dpkg -o -path ./var/log \
    -o -path ./var/cache/apt \) -prune -o -type f -printf '%p %m %s\n' -o -printf '%p %y\n' | sort)
  (cd "$root/boot" && find . -type f -exec sha256sum {} +)
}
state >"$work/before"

on_root dpkg -i /package.deb >"$work/install.out" 2>&1 || fail "dpkg -i: $(cat "$work/install.out")"
expect "the boot loader was not touched" "$work/install.out"
state >"$work/installed"
diff <(grep -E '\./(boot|etc)(/| )' "$work/before") <(grep -E '\./(boot|etc)(/| )' "$work/installed") ||
  fail "installing the package changed /boot or /etc: the unit must not be enabled either"
on_root ramdisk-install --version >/dev/null
for file in usr/sbin/ramdiskd usr/lib/systemd/system/ramdiskd.service usr/share/$name/payload/vmlinuz \
  usr/share/$name/distro/debian.json5 usr/share/$name/distro/predecessors/shell-version.json5 usr/share/man/man8/ramdisk-install.8.gz \
  usr/share/bash-completion/completions/ramdisk-install usr/share/zsh/vendor-completions/_ramdisk-install \
  usr/share/fish/vendor_completions.d/ramdisk-install.fish; do
  [ -s "$root/$file" ] || fail "the package lacks $file"
done

mkdir -p "$root${journal%/*}"
echo '{}' >"$root$journal"
on_root dpkg -i /package.deb >"$work/upgrade.out" 2>&1
expect "run 'ramdisk-install update'" "$work/upgrade.out"
! on_root dpkg --remove $name >"$work/remove.out" 2>&1 || fail "it was removed although the ramdisk is in the boot menu"
expect "ramdisk-install --uninstall" "$work/remove.out"
on_root dpkg -s $name | grep -q '^Status: .* installed$' || fail "a refused removal left a mess"
keep=1 on_root dpkg --purge $name >"$work/keep.out" 2>&1
expect "install the package again" "$work/keep.out"
[ -e "$root$journal" ] || fail "RAMDISK_INSTALL_KEEP did not keep the record"

rm "$root$journal"
on_root dpkg -i /package.deb >/dev/null 2>&1
echo '{}' >"$root/etc/$name.json5"
on_root dpkg --purge $name >"$work/purge.out" 2>&1
state >"$work/purged"
diff "$work/before" "$work/purged" || fail "purging left something, or took too much"
say "the .deb: installed, upgraded, refused to go, kept, purged without a trace"

# --- The RPM and the Arch package, as far as Debian can tell.
rpmbuild -bb --quiet --define "_topdir $work/rpm" --define "stage $stage" --define "_binary_payload w0.ufdio" \
  "$repo/packaging/rpm/$name.spec"
rpm -qpl "$work"/rpm/RPMS/x86_64/*.rpm >"$work/rpm.files"
expect /usr/sbin/ramdisk-install "$work/rpm.files"
rpm -qp --scripts "$work"/rpm/RPMS/x86_64/*.rpm >"$work/rpm.scripts"
expect "package-hook removing" "$work/rpm.scripts"
say "the RPM: built"

bash -n "$repo/packaging/arch/$name.install"
(
  export STAGE=$stage
  startdir=$repo/packaging/arch pkgdir=$work/arch
  mkdir "$pkgdir"
  # shellcheck source=packaging/arch/PKGBUILD
  . "$startdir/PKGBUILD"
  pkgver >/dev/null
  package
  [ -x "$pkgdir/usr/bin/ramdisk-install" ] || fail "the Arch package lacks its program"
  [ ! -e "$pkgdir/usr/sbin" ] || fail "the Arch package has usr/sbin"
  grep -q '^ExecStart=/usr/bin/ramdiskd ' "$pkgdir/usr/lib/systemd/system/ramdiskd.service"
)
say "the Arch package: its functions ran"
