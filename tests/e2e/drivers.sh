#!/usr/bin/env bash
# Drivers that are loaded: next to a lab's adapters and alone, with cat and echo, coming and going.
. "$(dirname "$0")/lib.sh"
DRIVERS=$HBALAB_BUILD/drivers
MOF=$HBALAB_SOURCE/tests/hba-sim/drivers/kit_test.mof
COUNTER=$WMI/KitTest_Counter

# Alone: no other adapter, the classes of the MOF file and no built-in one.
"$HBALAB" mount --miniport "$DRIVERS/kit_driver.so" --mof "$MOF" --state "$STATE" "$MNT" 2>"$WORK/err" ||
  fail "mount: $(cat "$WORK/err")"
expect "nothing to complain about" "$(cat "$WORK/err")" ""
expect "adapters" "$(ls "$MNT/lab/adapters")" kit_driver
expect "classes" "$(ls "$WMI" | tr '\n' ' ')" "KitTest_Counter KitTest_Event KitTest_Named KitTest_Operations "
expect "instances" "$(ls "$COUNTER" | grep -c _)" 2
first="$COUNTER/ROOT\\SCSIADAPTER\\kit_driver_0"
expect "cat" "$(cat "$first/Limit")" 100
echo 42 >"$first/Value"
expect "echo" "$(cat "$first/Value")" 42
(echo 101 >"$first/Value") 2>"$WORK/err" && fail "a value that the driver refuses was taken"
expect_match "the driver's refusal" "$(cat "$WORK/err")" "error"
expect "dynamic names" "$(ls "$WMI/KitTest_Named" | grep -cE '^(alpha|beta%2F2|g)$')" 3
expect "call" "$("$HBALAB" call KitTest_Operations Add A=40 B=2 --json | json Sum)" 42
expect "pends on a timer" "$("$HBALAB" call KitTest_Operations Later Milliseconds=20 --json | json Done)" 20
expect "pends on a work item" "$("$HBALAB" call KitTest_Operations Work Value=7 --json | json Done)" 7
expect "pends on a DPC" "$("$HBALAB" call KitTest_Operations Deferred Value=8 --json | json Done)" 8
"$HBALAB" call KitTest_Operations Fire Value=77 >/dev/null
until_true 20 grep -q 77 "$WMI/KitTest_Event/ROOT\\SCSIADAPTER\\kit_driver_0/events.jsonl"

# A driver that ends the process ends its request instead.
refuses "$HBALAB" call KitTest_Operations Misbehave How=1 >/dev/null
expect_match "report" "$(cat "$MNT/lab/adapters/kit_driver/report")" 'HwStartIo called exit\(\)'
expect_match "log" "$(cat "$MNT/lab/adapters/kit_driver/log")" 'FAULT HwStartIo called exit'

# One more while mounted, of another kind, with a value in the registry; then away again.
"$HBALAB" adapter add second --miniport "$DRIVERS/kit_scsiport.so" --mof "$MOF" --registry Limit=5
expect "instances of both" "$(ls "$COUNTER" | grep -c _)" 4
expect "registry" "$(cat "$COUNTER/ROOT\\SCSIADAPTER\\second_0/Limit")" 5
expect_match "list" "$("$HBALAB" adapter list)" 'second +running +.*/kit_scsiport.so'
expect "list as JSON" "$("$HBALAB" adapter list --json | json 1 name)" second
"$HBALAB" adapter remove second
expect "instances of the one that stays" "$(ls "$COUNTER" | grep -c _)" 2
[ ! -e "$MNT/lab/adapters/second" ] || fail "lab/adapters/second is still there"
expect "it keeps its state" "$(cat "$first/Value")" 42

# What cannot be loaded.
expect_match "unresolved symbols" "$(refuses "$HBALAB" adapter add bad --miniport "$DRIVERS/bad_unresolved.so")" \
  'needs 2 symbols .*HardwareInitialize HardwareReset'
expect_match "no file" "$(refuses "$HBALAB" adapter add bad --miniport "$WORK/none.so")" 'cannot be opened'
expect_match "the name is taken" "$(refuses "$HBALAB" adapter add kit_driver --miniport "$DRIVERS/kit_driver.so")" 'already'
echo 'class A {' >"$WORK/bad.mof"
code=0
"$HBALAB" adapter add bad --miniport "$DRIVERS/kit_driver.so" --mof "$WORK/bad.mof" 2>"$WORK/err" || code=$?
expect "exit code for a MOF file" $code 5
expect_match "its place" "$(cat "$WORK/err")" 'bad.mof:[0-9]+:[0-9]+: error'
"$HBALAB" umount "$MNT"
expect "no copy is left" "$(ls "$STATE/drivers")" ""

# Nothing is mounted when the driver does not load.
code=0
"$HBALAB" mount --miniport "$DRIVERS/bad_entry_status.so" --state "$STATE" "$MNT" 2>"$WORK/err" || code=$?
expect "exit code" $code 1
expect_match "reason" "$(cat "$WORK/err")" 'DriverEntry failed with 0xC0000001 \(STATUS_UNSUCCESSFUL\)'

# Next to a lab's adapters, from the command line and from the lab file; what MOF and driver disagree
# about is on the terminal.
sed 's/6B1D0004-5A51/6B1D0008-5A51/' "$MOF" >"$WORK/other.mof"
"$HBALAB" mount --lab "$LAB" --miniport "$DRIVERS/kit_driver.so" --mof "$WORK/other.mof" \
  --miniport "$DRIVERS/kit_driver.so" --state "$STATE" "$MNT" 2>"$WORK/err"
expect_match "warning" "$(cat "$WORK/err")" 'adapter kit_driver: mof: GUID 6b1d0004-.* no class has it'
[ -d "$MNT/lab/adapters/hba0" ] || fail "the lab's own adapter is not there"
[ -d "$MNT/lab/adapters/kit_driver-2" ] || fail "the second adapter is not there"
[ -d "$WMI/6b1d0004-5a51-4c5a-9c12-0d0b5e7a1001" ] || fail "a GUID without class is not shown"
expect "two adapters of one driver" "$(ls "$COUNTER" | grep -c _)" 4
expect "one DriverEntry" "$(cat "$COUNTER/ROOT\\SCSIADAPTER\\kit_driver-2_0/Loads")" 1
expect_match "hardware stays" "$(refuses "$HBALAB" adapter remove hba0)" 'simulated hardware'
"$HBALAB" umount "$MNT"

mkdir "$WORK/lab"
cp "$DRIVERS/kit_extended.so" "$MOF" "$WORK/lab"
cat >"$WORK/lab/lab.json" <<'JSON'
{ "name": "drivers", "adapters": [ { "name": "mine", "device_instance": "PCI\\VEN_1234&DEV_0001\\1",
    "miniport": { "path": "./kit_extended.so", "mof": ["kit_test.mof"], "registry": { "Limit": 3 } } } ] }
JSON
"$HBALAB" mount --lab "$WORK/lab/lab.json" --state "$STATE" "$MNT"
expect "from the lab file" "$(cat "$COUNTER/PCI\\VEN_1234&DEV_0001\\1_1/Limit")" 3
# A loop that loads and unloads while somebody reads.
touch "$WORK/reading"
( while [ -e "$WORK/reading" ]; do cat "$COUNTER"/*/Value; done >/dev/null 2>&1 || : ) &
reader=$!
for ((i = 0; i < 20; i++)); do
  "$HBALAB" adapter add loop --miniport "$DRIVERS/kit_driver.so" --mof "$MOF"
  "$HBALAB" adapter remove loop
done
expect "the other one" "$(cat "$COUNTER/PCI\\VEN_1234&DEV_0001\\1_1/Limit")" 3
rm "$WORK/reading"
wait "$reader"
umount_lab
