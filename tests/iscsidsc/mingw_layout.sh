#!/usr/bin/env bash
# mingw-w64's compiler gives the library's own header the layout of 64-bit Windows, and mingw-w64's
# iscsidsc.h says the same as api.json where it can be right (mingw_header.py).
set -euo pipefail
compiler=x86_64-w64-mingw32-gcc
command -v $compiler >/dev/null || { echo "skipped: no $compiler (gcc-mingw-w64-x86-64-win32)"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
check="$compiler -std=c11 -fsyntax-only -Wall -Werror"

generated=$HBALAB_BUILD/generated
$check -I "$HBALAB_SOURCE/iscsidsc/include" -I "$generated/iscsidsc/include" -I "$generated" \
  "$HBALAB_SOURCE/iscsidsc/layout_checks.c"

"$(dirname "$0")/mingw_header.py" "$HBALAB_SOURCE/iscsidsc" >"$work/theirs.c"
for settings in -DMAX_ISCSI_NAME_LEN=224 -DMAX_ISCSI_NAME_LEN=223 "-DMAX_ISCSI_NAME_LEN=223 -DUNICODE"; do
  $check $settings "$work/theirs.c"
done
