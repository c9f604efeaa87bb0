#!/usr/bin/env bash
# Measures us beside the peer in the same run. Usage: ./bench.sh [--json] [SUITE ...]; suites: iscsi.
set -euo pipefail
# shellcheck source=tools/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/tools/lib.sh"
cd "$repo"

arguments=()
suites=()
for argument in "$@"; do
  case $argument in
    --*) arguments+=("$argument") ;;
    *) suites+=("$argument") ;;
  esac
done
[ ${#suites[@]} = 0 ] && suites=(iscsi)
for suite in "${suites[@]}"; do
  [ -x "bench/$suite.sh" ] || fail "there is no suite '$suite'; there are: $(cd bench && echo ./*.sh)"
done

need_packages build try test >&2
need_swift
build_runtime >&2
export RAMDISKD=$static_build/release/ramdiskd
for suite in "${suites[@]}"; do
  "bench/$suite.sh" "${arguments[@]}"
done
