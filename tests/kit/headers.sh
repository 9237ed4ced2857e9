#!/usr/bin/env bash
# Every header of the kit compiles alone and twice, in C and C++ of several editions, with gcc and
# clang, without a warning; and before and behind the headers of the C and C++ libraries.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# check COMPILER OPTION...: compiles $work/one.c.
check() {
  "$@" -fshort-wchar -fms-extensions -Wall -Wextra -Werror "${include[@]}" -fsyntax-only \
    "$work/one.c" >"$work/log" 2>&1 && return
  echo "== $header: $*"
  head -n 20 "$work/log"
  failed=1
}

include=()
names=()
for directory in ${HBALAB_KIT_INCLUDE//:/ }; do
  include+=("-I$directory")
  for path in "$directory"/*.h; do
    [ -e "$path" ] && names+=("${path##*/}")
  done
done
[ ${#names[@]} -gt 20 ] || { echo "only ${#names[@]} headers in $HBALAB_KIT_INCLUDE"; exit 1; }
compilers=(gcc)
command -v clang >/dev/null && compilers+=(clang)
for header in "${names[@]}"; do
  case $header in pshpack*.h | poppack.h) continue ;; esac
  printf '#include "%s"\n#include "%s"\nextern int unused;\n' "$header" "$header" >"$work/one.c"
  # What wmimofck makes expects the base types before it.
  case $header in
    iscsidef.h) sed -i '1i #include "ntdef.h"' "$work/one.c" ;;
    iscsierr.h | iscsilog.h) ;;
    hbapiwmi.h) sed -i '1i #include "ntdef.h"' "$work/one.c" ;;
    iscsi*.h) sed -i '1i #include "ntdef.h"\n#include "iscsidef.h"' "$work/one.c" ;;
  esac
  for compiler in "${compilers[@]}"; do
    check "$compiler" -x c -std=gnu89
    check "$compiler" -x c -std=gnu99
    check "$compiler" -x c -std=c11
    check "$compiler" -x c -std=gnu11 -DHBALAB_DRIVER -include hbalab/driver.h
    check "$compiler" -x c++ -std=c++17
    check "$compiler" -x c++ -std=c++20 -DHBALAB_DRIVER -include hbalab/driver.h
  done
done

# A program's header of the discovery library beside a driver's, in either order.
for order in "iscsidsc.h ntdef.h" "ntdef.h ntddscsi.h iscsidef.h iscsiop.h iscsidsc.h"; do
  header="iscsidsc.h and iscsidef.h"
  printf '#include <%s>\n' $order ntddscsi.h iscsidef.h iscsiop.h iscsimgt.h iscsierr.h >"$work/one.c"
  printf 'extern int kinds[ISCSI_MUTUAL_CHAP_AUTH_TYPE == 2 && ISCSI_SECURITY_FLAG_PFS_ENABLED == 16 && ID_IPV6_ADDR == 5 ? 1 : -1];\nextern ISCSI_LOGIN_OPTIONS options;\nextern ISCSI_LoginOptions block;\nextern ISCSI_AUTH_TYPES kind;\n' >>"$work/one.c"
  for compiler in "${compilers[@]}"; do
    for language in "c -std=gnu11" "c++ -std=c++20"; do
      check "$compiler" -x $language -I"$HBALAB_DSC_INCLUDE"
      check "$compiler" -x $language -I"$HBALAB_DSC_INCLUDE" -DHBALAB_DRIVER -include hbalab/driver.h
    done
  done
done

header="all of them, then the libraries'"
printf '#include "%s"\n' "${names[@]}" | grep -v 'pack' >"$work/all.h"
for compiler in "${compilers[@]}"; do
  { cat "$work/all.h"; printf '#include <%s.h>\n' stdio stdlib string wchar stdint limits ctype; } >"$work/one.c"
  check "$compiler" -x c -std=gnu11 -DHBALAB_DRIVER -include hbalab/driver.h
  { cat "$work/all.h"; printf '#include <%s>\n' vector string memory cstring cwchar algorithm iostream; } >"$work/one.c"
  check "$compiler" -x c++ -std=c++20
  { printf '#include <%s>\n' vector string memory cstring cwchar algorithm iostream; cat "$work/all.h"; } >"$work/one.c"
  check "$compiler" -x c++ -std=c++17 -Wold-style-cast
done
exit $failed
