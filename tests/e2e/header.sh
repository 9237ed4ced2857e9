#!/usr/bin/env bash
# `hbalab schema header`: where the header goes, when it is written, what bad input gives. What is in it, and
# what compilers make of it, is the unit tests' part.
. "$(dirname "$0")/lib.sh"
cd "$WORK"
cat >good.mof <<'MOF'
#include "part.mofh"
[WMI, guid("{A1B2C3D4-0000-1111-2222-333344445501}")] class Vendor_Part { [WmiDataId(1)] PART Level; };
#ifdef MORE
[WMI] class Vendor_More { [WmiDataId(1)] Vendor_Part Part; [WmiDataId(2)] ISCSI_IP_Address Address; };
#endif
MOF
mkdir inc
echo '#define PART uint16' >inc/part.mofh

# To standard output under the name of the file, or into a file under its own.
"$HBALAB" schema header -I inc good.mof >out.h
expect_match "standard output" "$(cat out.h)" '#ifndef _good_h_'
"$HBALAB" schema header -I inc -D MORE -o wmidata.h good.mof
expect_match "guard" "$(cat wmidata.h)" '#ifndef _wmidata_h_'
expect_match "class under a definition" "$(cat wmidata.h)" '} Vendor_More, \*PVendor_More;'
expect_match "header of a class of the WDK" "$(cat wmidata.h)" '#include <iscsidef.h>'
"$HBALAB" schema header -I inc --guard MINE_H good.mof | grep -q '^#ifndef MINE_H$' || fail "no guard of one's own"

# A header that says the same keeps its time; another one does not.
touch -d '2001-01-01 UTC' wmidata.h
"$HBALAB" schema header -I inc -D MORE -o wmidata.h good.mof
expect "time of an unchanged header" "$(stat -c %Y wmidata.h)" "$(date -d '2001-01-01 UTC' +%s)"
"$HBALAB" schema header -I inc -o wmidata.h good.mof
[ "$(stat -c %Y wmidata.h)" != "$(date -d '2001-01-01 UTC' +%s)" ] || fail "a changed header kept its time"

# What was read, for make.
mkdir 'a folder'
cp good.mof 'a folder/good.mof'
"$HBALAB" schema header -I inc --depfile wmidata.d -o wmidata.h 'a folder/good.mof'
expect "makefile" "$(cat wmidata.d)" "wmidata.h: $PWD/a\\ folder/good.mof $PWD/inc/part.mofh"

# JSON has the same text.
"$HBALAB" --json schema header -I inc good.mof >out.json
expect "classes" "$(json classes 0 <out.json)" Vendor_Part
expect "text" "$(json text <out.json)" "$(cat out.h)"

# The classes of the WDK: the headers, and the sources of these classes, give the same structures.
for header in iscsidef iscsiop iscsifnd iscsimgt iscsiprf iscsicfg; do
  "$HBALAB" schema header --builtin $header.h -o $header.h
  "$HBALAB" schema header "$HBALAB_SOURCE/schemas/$header.mof" | tail -n +2 | diff - <(tail -n +2 $header.h) >/dev/null ||
    fail "$header.h and $header.mof differ"
done

# Of the HBA APIs' classes: parameters that hold structures, and as many of them as a count says.
layout() { "$HBALAB" schema layout "$1" --mof "$HBALAB_SOURCE/schemas/hbapiwmi.mof" | grep "^$2 "; }
expect "bindings of a port" "$(layout MS_SM_TargetInformationMethods SM_SetPersistentBinding_IN)" \
  'SM_SetPersistentBinding_IN (method 6): 24 bytes and what varies, alignment 8'
expect "a binding" "$(layout MSFC_HBAFCPInfo RemovePersistentEntry_IN)" \
  'RemovePersistentEntry_IN (method 8): 832 bytes, alignment 8'

# Bad input.
status() { local code=0; "$@" >/dev/null 2>err || code=$?; echo $code; }
expect "makefile of what is not written" "$(status "$HBALAB" schema header -I inc --depfile d good.mof)" 2
expect_match "makefile of what is not written" "$(cat err)" '--depfile needs -o HEADER'
expect "status of a missing include" "$(status "$HBALAB" schema header -o x.h good.mof)" 5
printf '[WMI] class A {\n  [WmiDataId(2)] uint32 x;\n};\n' >bad.mof
expect "status of a bad class" "$(status "$HBALAB" schema header -o x.h bad.mof)" 5
expect_match "place of an error" "$(cat err)" '^bad\.mof:2:[0-9]+: error: WmiDataId 1 of class .A. is missing'
expect "status of a missing file" "$(status "$HBALAB" schema header none.mof)" 5
expect_match "missing file" "$(cat err)" '^none\.mof.*cannot be read'
[ ! -e x.h ] || fail "a header was written in spite of errors"
expect "status of an unknown header" "$(status "$HBALAB" schema header --builtin iscsiopp.h)" 1
expect_match "unknown header" "$(cat err)" 'did you mean iscsiop\.h\?'
expect "status without input" "$(status "$HBALAB" schema header)" 2
expect "status of both inputs" "$(status "$HBALAB" schema header --builtin iscsiop.h good.mof)" 2
expect "status of a bad guard" "$(status "$HBALAB" schema header -I inc --guard 'A B' good.mof)" 2
expect "status of a bad place" "$(status "$HBALAB" schema header -I inc -o none/x.h good.mof)" 1
expect_match "bad place" "$(cat err)" 'none/x\.h cannot be written'

# `schema check` tells what is hardly meant, and stays content.
printf '[WMI, guid("{A1B2C3D4-0000-1111-2222-333344445501}")] class A {\n[key, read] string InstanceName;\n[WmiDataId(1)] uint8 x;};\n' >odd.mof
expect "status of advice" "$(status "$HBALAB" schema check odd.mof)" 0
expect_match "advice" "$(cat err)" "odd.mof:3:22: warning: 'x' of class 'A' has neither read nor write"
expect_match "advice in JSON" "$("$HBALAB" --json schema check odd.mof)" 'lacks Dynamic'
