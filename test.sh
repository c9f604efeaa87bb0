#!/usr/bin/env bash
# Runs the tests: all of them, or the stages named. Installs what it needs.
set -euo pipefail
# shellcheck source=tools/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/tools/lib.sh"
cd "$repo"

stages=(lint unit integration target install e2e)
usage() {
  cat <<END
usage: ./test.sh [STAGE ...]

  lint         swift-format, shellcheck, sizes of files, what the programs link
  unit         protocol cores and modules, fuzzers with fixed seeds
  fuzz         the fuzzers optimised, with a seed of their own: FUZZ_EXECUTIONS (4000000) of each, 50 million and more
  integration  real peers on loopback and in network namespaces
  target       libiscsi's test suite against the target
  install      the installer on real Debian trees; with 'full' also other distributions' package managers, and power cuts
               and write errors on ext4, XFS and FAT
  e2e          a real Debian disk, installed and booted over the network in virtual machines
  packaging    the .deb on a fresh Debian, the RPM, the Arch package, the shells' completions (not without being named)
  full         all of the above and the long matrices

Without a stage: ${stages[*]}.
FUZZ_SEED=N FUZZ_EXECUTIONS=N ./test.sh fuzz repeats a run that found something.
E2E_CASES="bios sidecar" ./test.sh e2e boots over the network in these cases only (Tests/EndToEnd/NetworkBootCase.swift).
LAB_PATIENCE=3 ./test.sh e2e waits three times as long for virtual machines: on a host that has much else to do.
INSTALL_RELEASES="bullseye sid" ./test.sh install installs into trees of these releases of Debian only.
END
}

case ${1-} in
  -h | --help) usage; exit 0 ;;
  full) export TEST_FULL=1; set -- "${stages[@]}" fuzz packaging ;;
  '') set -- "${stages[@]}" ;;
esac

# Set to nothing it means nothing.
[ -n "${TEST_FULL-}" ] || unset TEST_FULL

need_packages build try test
need_swift

built_tests=
swift_test() {
  if [ -z "$built_tests" ]; then
    say "building the tests"
    swift build --build-tests 2>&1 | { grep -Ev '^\[[0-9]+/[0-9]+\]' || true; }
    built_tests=yes
  fi
  swift test --skip-build "$@"
}

built_products=
need_products() {
  [ -n "$built_products" ] && return
  build_runtime
  build_host_tools
  build_payload
  built_products=yes
  export RAMDISKD=$static_build/release/ramdiskd
  export RAMDISK_INSTALL=$host_build/release/ramdisk-install
  export RAMDISK_PAYLOAD_DIR=$payload_dir
  export RAMDISK_CACHE=$cache_dir
}

# Network namespaces, loop devices and chroots: without root the tests would have to be skipped.
need_root() {
  [ "$(id -u)" = 0 ] || fail "stage '$1' needs root: run 'sudo ./test.sh $1'"
}

stage_lint() {
  swift format lint --strict --recursive Sources Tests Package.swift
  shellcheck -x install.sh test.sh bench.sh bench/*.sh tools/*.sh .ci/run packaging/*.sh packaging/package-hook \
    packaging/deb/{postinst,prerm,postrm} packaging/arch/{PKGBUILD,*.install} distro/hooks/kernel-* \
    distro/hooks/clean-entry
  tools/check-sources.sh
  need_products
  tools/check-products.sh
}
# bootctl is unpacked, not installed: Debian's package puts its boot loader onto the machine's system partition.
need_bootctl() {
  export RAMDISK_BOOTCTL=$cache_dir/bootctl/usr/bin/bootctl
  { [ -x "$RAMDISK_BOOTCTL" ] || ! command -v dpkg-deb >/dev/null; } && return
  local package=systemd-boot-tools work=$cache_dir/bootctl.new
  # Debian 12 has it in the package of the loader.
  apt-cache show "$package" >/dev/null 2>&1 || package=systemd-boot
  rm -rf "$work"
  mkdir -p "$work/deb"
  (cd "$work/deb" && apt-get -q download "$package" >/dev/null 2>&1) || fail "apt-get could not download $package"
  dpkg-deb -x "$work"/deb/*.deb "$work/tree"
  rm -rf "$cache_dir/bootctl"
  mv "$work/tree" "$cache_dir/bootctl"
  rm -rf "$work"
}
stage_unit() {
  need_bootctl
  # Long and at random they run in a stage of their own.
  FUZZ_EXECUTIONS='' FUZZ_SEED='' \
    swift_test --skip '^Integration\.' --skip '^EndToEnd\.' --skip '^HostInstallTests\.Real'
}
# Of the protocol cores alone (tools/fuzz/Package.swift): optimised, and every trap in its place.
stage_fuzz() {
  local seed=${FUZZ_SEED:-$((RANDOM << 15 | RANDOM))} count=${FUZZ_EXECUTIONS:-4000000}
  local options=(-c release -Xswiftc -enable-testing --package-path tools/fuzz --scratch-path .build-fuzz)
  say "building the fuzzers"
  swift build --build-tests "${options[@]}" 2>&1 | { grep -Ev '^\[[0-9]+/[0-9]+\]' || true; }
  say "$count executions of each fuzzer; the same again: FUZZ_SEED=$seed FUZZ_EXECUTIONS=$count ./test.sh fuzz"
  FUZZ_SEED=$seed FUZZ_EXECUTIONS=$count swift test --skip-build "${options[@]}" --filter Fuzz
}
stage_integration() {
  need_root integration
  swift_test --filter '^Integration\.' --skip 'Conformance'
}
stage_target() { swift_test --filter '^Integration\..*Conformance'; }
# Unpacked, not installed: one program and its kernel modules are all that is wanted of it.
need_virtual_kernel() {
  virtual_kernel=$cache_dir/user-mode-linux
  [ -x "$virtual_kernel/usr/bin/linux.uml" ] && return
  local work=$virtual_kernel.new
  rm -rf "$work"
  mkdir -p "$work/deb"
  (cd "$work/deb" && apt-get -q download user-mode-linux >/dev/null 2>&1) ||
    fail "apt-get could not download user-mode-linux"
  dpkg-deb -x "$work"/deb/*.deb "$work/tree"
  rm -rf "$virtual_kernel"
  mv "$work/tree" "$virtual_kernel"
  rm -rf "$work"
}
# Power cuts and write errors. Other tests make mount namespaces, in which what is mounted here would stay mounted.
test_faults() {
  local kind tests
  unshare --mount --propagation private swift test --skip-build --filter '^HostInstallTests\.RealFileSystem'
  # File systems that this kernel lacks, under one that has them.
  tests=$(swift build --build-tests --show-bin-path)/iscsi-target-ramdiskPackageTests.xctest
  for kind in ext4 xfs vfat; do
    grep -qw "$kind" /proc/filesystems && continue
    need_virtual_kernel
    say "faults on $kind, in a virtual machine"
    tools/in-virtual-machine.sh "$virtual_kernel" env TEST_FULL=1 RAMDISK_FAULTS_ON="$kind" \
      "$tests" --testing-library swift-testing --filter '^HostInstallTests\.RealFileSystem'
  done
}
stage_install() {
  need_root install
  need_products
  if [ -n "${TEST_FULL-}" ]; then need_packages managers; fi
  swift_test --filter '^HostInstallTests\.Real' --skip '\.RealFileSystem'
  if [ -n "${TEST_FULL-}" ]; then test_faults; fi
}
stage_e2e() {
  need_root e2e
  need_products
  export RAMDISK_STAGE=$repo/out/stage
  rm -rf "$RAMDISK_STAGE"
  DESTDIR=$RAMDISK_STAGE ./install.sh
  swift_test --filter '^EndToEnd\.'
}
stage_packaging() {
  need_root packaging
  need_packages packaging
  local stage=$repo/out/stage-usr
  rm -rf "$stage"
  DESTDIR=$stage PREFIX=/usr ./install.sh
  packaging/test.sh "$stage"
}

for stage in "$@"; do
  declare -F "stage_$stage" >/dev/null || { usage >&2; fail "there is no stage '$stage'"; }
done
for stage in "$@"; do
  say "stage $stage"
  started=$SECONDS
  "stage_$stage"
  say "stage $stage passed in $((SECONDS - started)) s"
done
say "all passed: $* in $SECONDS s"
