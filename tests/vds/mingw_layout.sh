#!/usr/bin/env bash
# mingw-w64's compiler and its vds.h say the same of the structures as the library's own header. That
# header has neither the interfaces nor VDS_ISCSI_IPSEC_KEY, VDS_ISCSI_IPSEC_FLAG and the sv arm.
set -euo pipefail
compiler=x86_64-w64-mingw32-gcc
command -v $compiler >/dev/null || { echo "skipped: no $compiler (gcc-mingw-w64-x86-64-win32)"; exit 77; }
$compiler -std=c11 -fsyntax-only -Wall -Werror -I "$HBALAB_SOURCE" "$HBALAB_SOURCE/tests/vds/mingw_layout.c"
