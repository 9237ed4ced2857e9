#!/usr/bin/env bash
# The contract tests, through iscsidsc.dll as it was built.
set -euo pipefail
[ -c /dev/fuse ] || { echo "skipped: no /dev/fuse"; exit 77; }
[ -x "$1" ] || { echo "skipped: built without HBALAB_WINE, or without x86_64-w64-mingw32-g++"; exit 77; }
WORK=$(mktemp -d "${TMPDIR:-/tmp}/hbalab-wine.XXXXXX")
trap 'rm -rf --one-file-system "$WORK"' EXIT
. "$(dirname "$0")/lib.sh"
trap 'stop_wine; rm -rf --one-file-system "$WORK"' EXIT
export WINEDLLPATH=$modules WINEPATH=Z:$modules/x86_64-windows
"$1"
