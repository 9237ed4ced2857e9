#!/usr/bin/env bash
# An installed kit builds the drivers of a project outside of the tree: hbalab_add_miniport of
# find_package(hbalab), and hbalab-cc by its name.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
  echo "FAILED: $*"
  exit 1
}
"$CMAKE" --install "$HBALAB_BUILD" --prefix "$work/usr" --component kit >"$work/log"

mkdir -p "$work/project/src/Inc" && cd "$work/project"
cat >CMakeLists.txt <<'EOF'
cmake_minimum_required(VERSION 3.25)
project(driver NONE)
find_package(hbalab REQUIRED)
hbalab_add_miniport(disk SOURCES src/disk.c INCLUDE src src/Inc MOF disk.mof more.mof STUBS hw.c)
EOF
printf '#include "Inc\\\\Part.mofh"\nclass A {};\n' >disk.mof
printf '#pragma once\n#include "part.mofh"\n#include <absent.mofh>\n' >src/Inc/part.mofh
echo 'class B {};' >more.mof
printf '#include <StorPort.h>\n#include <iscsierr.h>\n#include <disk.h>\nNTSTATUS DriverEntry(PVOID a, PVOID b) { (void)a; (void)b; return Answer() + sizeof(SCSI_WMI_REQUEST_BLOCK); }\n' >src/disk.c
printf 'int Answer(void);\n' >src/Inc/Disk.h
printf 'int Answer(void) { return 12; }\n' >hw.c
"$CMAKE" -S . -B build -DCMAKE_PREFIX_PATH="$work/usr" >"$work/log" 2>&1 || { cat "$work/log"; fail "configure"; }
"$CMAKE" --build build >"$work/log" 2>&1 || { cat "$work/log"; fail "build"; }
[ "$("$HBALAB_RUN_DRIVER" build/disk.so 0 0)" = 100 ] || fail "the driver answers otherwise"
here=$PWD
mof() { printf '%s\n' "#line 1 \"$here/src/Inc/part.mofh\"" "${@}" "#line 2 \"$here/disk.mof\"" 'class A {};' 'class B {};'; }
[ "$(cat build/disk.mof)" = "$(mof '' '' '#include <absent.mofh>')" ] || { cat build/disk.mof; fail "the MOF is not there"; }
# What a header says has changed: the driver is built again.

printf 'int Answer(void);\n#define Answer() 1\n' >src/Inc/Disk.h
touch -d "+2 seconds" src/Inc/Disk.h
echo '#define C class' >src/Inc/part.mofh
touch -d "+2 seconds" src/Inc/part.mofh
"$CMAKE" --build build >"$work/log" 2>&1 || { cat "$work/log"; fail "second build"; }
[ "$(cat build/disk.mof)" = "$(mof '#define C class')" ] || { cat build/disk.mof; fail "a changed MOF include was not seen"; }
[ "$("$HBALAB_RUN_DRIVER" build/disk.so 0 0)" = 89 ] || fail "a changed header was not seen"

"$work/usr/bin/hbalab-cc" --quiet -o d.so -Isrc/Inc --stub=hw.c src/disk.c || fail "hbalab-cc"
[ "$("$HBALAB_RUN_DRIVER" ./d.so 0 0)" = 89 ] || fail "hbalab-cc's driver answers otherwise"
echo passed
