#!/usr/bin/env bash
# hbalab-cc as a driver writer meets it: what it says of what is wrong or missing, and what becomes of
# a call to a function that nobody has.
set -euo pipefail
cc=$HBALAB_KIT_CC
run=$HBALAB_RUN_DRIVER
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
  echo "FAILED: $*"
  exit 1
}
# says TEXT COMMAND...: the command fails, and its message has the text.
says() {
  local text=$1
  shift
  if "$@" >log 2>&1; then fail "$* should have failed"; fi
  grep -qF -- "$text" log || { cat log; fail "$*: no \"$text\""; }
}
is() { [ "$2" = "$3" ] || fail "$1: $2 instead of $3"; }
compilers=(gcc)
command -v clang >/dev/null && compilers+=(clang)

$cc --help | grep -q 'usage: hbalab-cc -o DRIVER.so' || fail "no help"
says "there is no such file" "$cc" -o d.so missing.c
says "-o FILE is missing" "$cc" d.c
echo 'int Helper(void) { return 1; }' >helper.c
says "no DriverEntry in the sources" "$cc" -o d.so helper.c
printf '#include <ntddk.h>\nDRIVER_INITIALIZE DriverEntry;\n#error "seen"\n' >wrong.c
says 'wrong.c:3:2: error' "$cc" -o d.so wrong.c

# Hardware is left out: its functions are traps, called or in a table; its variables are zero. What
# the C library has and no kernel is left out, too.
mkdir Sys
cat >Sys/Hw.h <<'EOF'
extern ULONG HwRegisters[16];
ULONG HwReset(PVOID Extension);
VOID HwInterrupt(PVOID Extension);
EOF
cat >driver.c <<'EOF'
#include <NTDDK.H>
#include "sys\hw.h"
#include "driver.tmh"
long time(long* where);
typedef struct _TABLE { VOID (*Interrupt)(PVOID); } TABLE;
static TABLE Table = { HwInterrupt };
static ULONG Reset(PVOID Extension)
{
    return HwReset(Extension);
}
NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    WPP_INIT_TRACING(DriverObject, RegistryPath);
    switch ((ULONG_PTR)DriverObject) {
    case 0: return HwRegisters[3];
    case 1: return Reset(NULL);
    case 2: Table.Interrupt(NULL); return 0;
    case 3: return (NTSTATUS)time(NULL);
    default: DbgPrint("%ws %lu\n", L"hello", 0xFFFFFFFFL); return 7;
    }
}
EOF
cat >hw.c <<'EOF'
#include <ntddk.h>
#include "SYS/HW.H"
#include <time.h>
ULONG HwRegisters[16] = { 0, 0, 0, 44 };
ULONG HwReset(PVOID Extension) { return time(NULL) > 0 && Extension == NULL ? 55 : 0; }
VOID HwInterrupt(PVOID Extension) { (void)Extension; }
EOF
for with in "${compilers[@]}"; do
  "$cc" -o d.so --with="$with" driver.c 2>log
  grep -qx 'hbalab-cc: missing, a call of it will be reported: HwInterrupt HwReset time' log || { cat log; fail "functions"; }
  grep -qx 'hbalab-cc: missing, zeroes stand in for it: HwRegisters' log || { cat log; fail "variables"; }
  is zeroes "$("$run" ./d.so 0 0)" 0
  says "HwReset is not there: called from Reset at driver.c:9" "$run" ./d.so 1 0
  says "HwInterrupt is not there: called from DriverEntry at driver.c:17" "$run" ./d.so 2 0
  says "time is not there: called from" "$run" ./d.so 3 0
  is print "$("$run" ./d.so 4 0 2>&1)" "hello 4294967295
7"
  # A stub file stands in, and may use all of the C library.
  "$cc" -o d.so --with="$with" --stub=hw.c --depfile=d.d driver.c 2>log
  [ -s log ] && { cat log; fail "nothing is missing"; }
  is stub "$("$run" ./d.so 0 0)" 44
  is stub "$("$run" ./d.so 1 0)" 55
  grep -q "^d.so: .*$work/Sys/Hw.h.*$work/hw.c" d.d || { cat d.d; fail "depfile"; }
  # One object after the other.
  "$cc" --with="$with" -c -o driver.o driver.c
  "$cc" --with="$with" -o d.so driver.o 2>log
  grep -q 'zeroes stand in for it: HwRegisters' log || { cat log; fail "an object forgot its imports"; }
done

printf '#include <ntddk.h>\nlong write(int, const void*, long);\nNTSTATUS DriverEntry(PDRIVER_OBJECT d, PUNICODE_STRING p) { (void)d; (void)p; return (NTSTATUS)write(1, "", 0); }\n' >write.c
"$cc" -o d.so write.c 2>log
grep -qx "hbalab-cc: the C library's, and in no kernel: write" log || { cat log; fail "write"; }

# Inline functions of a header may be in every object; other functions may not.
printf '__inline int Shared(void) { return 3; }\nint One(void), Two(void);\n' >shared.h
printf '#include "shared.h"\nint One(void) { int (*f)(void) = Shared; return f(); }\n' >one.c
printf '#include "shared.h"\nint Two(void) { int (*f)(void) = Shared; return f(); }\n' >two.c
printf '#include <ntddk.h>\n#include "shared.h"\nNTSTATUS DriverEntry(PDRIVER_OBJECT d, PUNICODE_STRING p) { (void)d; (void)p; return One() + Two(); }\n' >entry.c
for with in "${compilers[@]}"; do
  "$cc" --with="$with" -O0 -o d.so one.c two.c entry.c
  is inline "$("$run" ./d.so 0 0)" 6
  printf 'int One(void) { return 9; }\n' >again.c
  says "multiple definition of" "$cc" --with="$with" -o d.so one.c two.c again.c entry.c
done

# C++: no exceptions, no run-time types, several files.
printf '#include <ntddk.h>\nclass A { public: virtual long Get() { return sizeof(long); } };\nextern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT, PUNICODE_STRING) { A a; A* volatile p = &a; return p->Get(); }\n' >d.cpp
for with in "${compilers[@]}"; do
  "$cc" --with="$with" -o d.so d.cpp
  is c++ "$("$run" ./d.so 0 0)" 4
done

# A sanitizer on demand. clang's library of UBSan is a package of its own.
clang_has_ubsan() { compgen -G "$(clang -print-runtime-dir 2>/dev/null)/libclang_rt.ubsan_standalone*.so" >/dev/null; }
printf '#include <ntddk.h>\nNTSTATUS DriverEntry(PDRIVER_OBJECT d, PUNICODE_STRING p) { int a[4] = {0}; (void)p; return a[(ULONG_PTR)d]; }\n' >bounds.c
for with in "${compilers[@]}"; do
  [ "$with" = gcc ] || clang_has_ubsan || continue
  "$cc" --with="$with" --sanitize=undefined -o d.so bounds.c
  is bounds "$("$run" ./d.so 3 0)" 0
  says "index 9 out of bounds" "$run" ./d.so 9 0
done

# Names of UTF-16 files and of other compilers' choices.
iconv -f utf-8 -t utf-16 driver.c >wide.c
"$cc" --quiet -o d.so wide.c
is utf-16 "$("$run" ./d.so 0 0)" 0
HBALAB_CC=gcc "$cc" --keep=kept --quiet -o d.so driver.c
[ -e kept/source/0/driver.c ] || fail "--keep kept nothing"
# The documentation's own commands.
mkdir -p doc/bin doc/inc doc/src && ln -s "$cc" doc/bin/hbalab-cc && cd doc
printf '#pragma once\n#include <ntddk.h>\nint Hw(void);\n' >inc/Disk.h
printf '#include "disk.h"\nNTSTATUS DriverEntry(PDRIVER_OBJECT d, PUNICODE_STRING p) { (void)d; (void)p; return Hw(); }\n' >src/wmi.c
printf '#include "disk.h"\nint Hw(void) { return 21; }\n' >src/hw.c
printf 'int Hw(void) { return 22; }\n' >hw.c
sed -n '/^## Compiling a driver/,/^## [^C]/s/^hbalab-cc /&/p' "$HBALAB_DOC" >commands
[ "$(wc -l <commands)" -ge 3 ] || fail "no commands in $HBALAB_DOC"
clang_has_ubsan || sed -i '/--with=clang/d' commands
while read -r line; do
  PATH=$PWD/bin:$PATH bash -c "$line" || fail "documented: $line"
  got=$("$run" ./disk.so 0 0)
  [ "$got" = 21 ] || [[ $line == *--stub* && $got = 22 ]] || fail "documented: $line gave $got"
done <commands
echo passed
