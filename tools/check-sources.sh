#!/usr/bin/env bash
# Rules on the sources that no compiler checks.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
status=0
complain() {
  echo "check-sources: $*" >&2
  status=1
}

while read -r file; do
  lines=$(wc -l <"$file")
  [ "$lines" -le 600 ] || complain "$file has $lines lines: split it by concept (at most 600)"
done < <(git ls-files '*.swift')

# Protocol cores import nothing of ours and do no I/O: atomics and locks of the standard library at most.
core_imports=$(grep -RnE '^(@[a-z_]+ )?(public )?import ' Sources/ISCSI Sources/SCSI | grep -v 'import Synchronization$' || true)
[ -z "$core_imports" ] || complain "protocol cores import nothing: $core_imports"

# The runtime's modules stay without the full Foundation.
for module in Linux Cryptography BlockProbe SiteConfig ISCSI SCSI BlockStore TargetService DHCP TFTP BootMenu \
  NetbootHTTP Runtime ramdiskd; do
  full=$(grep -RnE '^import Foundation$' "Sources/$module" || true)
  [ -z "$full" ] || complain "ramdiskd links no full Foundation: $full"
done

traps=$(grep -RnE 'try!|fatalError\(|as!' Sources --include='*.swift' || true)
[ -z "$traps" ] || complain "nothing may trap: $traps"

binaries=$(git ls-files -z | while IFS= read -r -d '' path; do [ -L "$path" ] || printf '%s\0' "$path"; done |
  xargs -0 file --no-pad --mime-encoding | grep ': binary$' | grep -v '\.png:' || true)
[ -z "$binaries" ] || complain "no binaries in git: $binaries"
exit $status
