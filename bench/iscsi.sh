#!/usr/bin/env bash
# Measures the iSCSI target beside tgtd. Called by ./bench.sh iscsi [--json]; needs root and RAMDISKD.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
: "${RAMDISKD:?the static ramdiskd to measure; ./bench.sh iscsi builds it}"

if [ -z "${ISCSI_LOAD:-}" ] || [ -z "${ISCSI_COST:-}" ]; then
  for product in iscsi-load iscsi-cost; do
    swift build --package-path "$here/.." --scratch-path "$here/../.build-bench" -c release --product "$product" >&2
  done
  ISCSI_LOAD=$here/../.build-bench/release/iscsi-load
  ISCSI_COST=$here/../.build-bench/release/iscsi-cost
fi
export ISCSI_LOAD ISCSI_COST RAMDISKD PYTHONDONTWRITEBYTECODE=1
# A network of its own: the ports are free, and nothing can get out.
exec unshare --net -- python3 "$here/iscsi.py" "$@"
