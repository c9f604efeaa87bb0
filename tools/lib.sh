# shellcheck shell=bash
# What install.sh, test.sh and bench.sh share: packages, builds, messages. Sourced, never run.

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
static_build=$repo/.build-static
host_build=$repo/.build-host
payload_dir=${PAYLOAD_DIR:-$repo/out/payload}
cache_dir=${CACHE_DIR:-$repo/.cache}
export repo static_build host_build payload_dir cache_dir

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# Runs a command as root: directly, or through sudo.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -- "$@"; fi
}

# need_packages LIST...: installs the packages named in tools/packages/LIST that are missing.
need_packages() {
  local list wanted=() missing=() package
  for list in "$@"; do
    while read -r package; do
      case $package in '' | '#'*) ;; *) wanted+=("$package") ;; esac
    done <"$repo/tools/packages/$list"
  done
  if ! command -v dpkg-query >/dev/null; then
    say "not a Debian system: make sure that your distribution's equivalents of these are installed: ${wanted[*]}"
    return
  fi
  for package in "${wanted[@]}"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} = 0 ] && return
  say "installing ${missing[*]}"
  as_root apt-get -q update >/dev/null || say "apt-get update had errors; trying with what it has"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
    install --no-install-recommends "${missing[@]}" >/dev/null ||
    fail "apt-get could not install ${missing[*]}: run 'apt-get install ${missing[*]}' to see why"
}

need_swift() {
  command -v swift >/dev/null ||
    fail "no 'swift' in PATH: install the toolchain named in .swift-version ($(cat "$repo/.swift-version")) first"
}

# The runtime: one static program (see docs/decisions/0002-static-glibc-and-early-proc.md).
build_runtime() {
  say "building ramdiskd (static)"
  swift build --package-path "$repo" --scratch-path "$static_build" -c release --product ramdiskd \
    -Xswiftc -static-executable -Xlinker -s
}

# The host tools: Swift inside, only libc, libblkid and libefivar at run time.
build_host_tools() {
  say "building ramdisk-install and ramdisk-payload"
  local product archives=$host_build/archives
  # Found before the shared objects of the same names, so that the tools need neither at run time.
  mkdir -p "$archives"
  ln -sf "$(gcc -print-file-name=libstdc++.a)" "$archives/libstdc++.a"
  ln -sf "$(gcc -print-file-name=libgcc_eh.a)" "$archives/libgcc_s.a"
  for product in ramdisk-install ramdisk-payload; do
    swift build --package-path "$repo" --scratch-path "$host_build" -c release --product "$product" \
      --static-swift-stdlib -Xlinker -s -Xlinker "-L$archives"
  done
}

build_payload() {
  say "building the payload"
  mkdir -p "$cache_dir"
  "$host_build/release/ramdisk-payload" build --ramdiskd "$static_build/release/ramdiskd" \
    --recipe "$repo/payload" --cache "$cache_dir/payload" --output "$payload_dir"
}
