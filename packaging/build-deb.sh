#!/usr/bin/env bash
# Builds the .deb from what install.sh stages.
set -euo pipefail
# shellcheck source=tools/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../tools/lib.sh"

usage() {
  cat <<END
usage: packaging/build-deb.sh [--stage DIR] [--output DIR] [--uncompressed]

  --stage DIR     take what 'DESTDIR=DIR PREFIX=/usr ./install.sh' made before, instead of doing that now
  --output DIR    where the package goes (default: out)
  --uncompressed  build it quickly, to be tested and thrown away

environment: DEBFULLNAME, DEBEMAIL (the maintainer's name and address), SOURCE_DATE_EPOCH
END
}

stage=
output=$repo/out
# Most of it is the payload, which is compressed already.
compression=(-Zxz -z1)
while [ $# -gt 0 ]; do
  case $1 in
    --stage) stage=${2:?--stage needs a directory}; shift 2 ;;
    --output) output=${2:?--output needs a directory}; shift 2 ;;
    --uncompressed) compression=(-Znone); shift ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; fail "unknown argument '$1'" ;;
  esac
done
need_packages build

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -z "$stage" ]; then
  stage=$work/stage
  DESTDIR=$stage PREFIX=/usr "$repo/install.sh"
fi
[ -x "$stage/usr/sbin/ramdisk-install" ] ||
  fail "$stage holds no usr/sbin/ramdisk-install: make it with 'DESTDIR=$stage PREFIX=/usr ./install.sh'"

version=$("$stage/usr/sbin/ramdisk-install" --version)
maintainer="${DEBFULLNAME:-iSCSI Target Ramdisk maintainers} <${DEBEMAIL:-maintainers@iscsi-target-ramdisk.net}>"
epoch=${SOURCE_DATE_EPOCH:-$(git -C "$repo" log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH=$epoch

tree=$work/tree
doc=$tree/usr/share/doc/iscsi-target-ramdisk
cp -a "$stage" "$tree"
mkdir -p "$work/debian" "$doc" "$tree/usr/share/lintian/overrides" "$tree/usr/share/zsh/vendor-completions" \
  "$tree/DEBIAN"
for file in control changelog; do
  sed -e "s/@VERSION@/$version/" -e "s/@MAINTAINER@/$maintainer/" -e "s/@DATE@/$(date -u -R -d "@$epoch")/" \
    "$repo/packaging/deb/$file" >"$work/debian/$file"
done

# Where Debian has them.
gzip -9n "$tree"/usr/share/man/man*/*
gzip -9nc "$work/debian/changelog" >"$doc/changelog.gz"
install -m 0644 "$repo/packaging/deb/copyright" "$doc/copyright"
install -m 0644 "$repo/packaging/deb/lintian-overrides" "$tree/usr/share/lintian/overrides/iscsi-target-ramdisk"
mv "$tree"/usr/share/zsh/site-functions/* "$tree/usr/share/zsh/vendor-completions/"
rmdir "$tree/usr/share/zsh/site-functions"
chmod -R u=rwX,go=rX "$tree"

for script in postinst prerm postrm; do
  install -m 0755 "$repo/packaging/deb/$script" "$tree/DEBIAN/$script"
done
(
  cd "$work"
  dpkg-shlibdeps -Tsubstvars "$tree/usr/sbin/ramdisk-install"
  dpkg-gencontrol -Tsubstvars -fdebian/files -P"$tree"
  cd "$tree"
  find usr -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums
)
mkdir -p "$output"
find "$tree" -newermt "@$epoch" -print0 | xargs -0r touch --no-dereference --date="@$epoch"
dpkg-deb --root-owner-group "${compression[@]}" --build "$tree" "$output" >/dev/null
say "built $output/iscsi-target-ramdisk_${version}_amd64.deb"
