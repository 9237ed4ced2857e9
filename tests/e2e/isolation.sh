#!/usr/bin/env bash
# Drivers in processes of their own, on a real mount: a crash, a hang, a restart, the end of the lab.
. "$(dirname "$0")/lib.sh"
DRIVERS=$HBALAB_BUILD/drivers
MOF=$HBALAB_SOURCE/tests/hba-sim/drivers/kit_test.mof
COUNTER=$WMI/KitTest_Counter
ADAPTER=$MNT/lab/adapters/kit_driver

"$HBALAB" mount --isolate --miniport "$DRIVERS/kit_driver.so" --mof "$MOF" --state "$STATE" "$MNT" 2>"$WORK/err" ||
  fail "mount: $(cat "$WORK/err")"
expect "nothing to complain about" "$(cat "$WORK/err")" ""
first="$COUNTER/ROOT\\SCSIADAPTER\\kit_driver_0"
expect "cat" "$(cat "$first/Limit")" 100
echo 42 >"$first/Value"
expect "echo" "$(cat "$first/Value")" 42
(echo 101 >"$first/Value") 2>/dev/null && fail "a value that the driver refuses was taken"
expect "dynamic names" "$(ls "$WMI/KitTest_Named" | grep -cE '^(alpha|beta%2F2|g)$')" 3
expect "call" "$("$HBALAB" call KitTest_Operations Add A=40 B=2 --json | json Sum)" 42
expect "pends on a timer" "$("$HBALAB" call KitTest_Operations Later Milliseconds=20 --json | json Done)" 20
"$HBALAB" call KitTest_Operations Fire Value=77 >/dev/null
until_true 20 grep -q 77 "$WMI/KitTest_Event/ROOT\\SCSIADAPTER\\kit_driver_0/events.jsonl"
process=$(cat "$ADAPTER/process")
[ -d "/proc/$process" ] || fail "process $process is not there"

# A crash, with what happened and where; the lab goes on.
refuses "$HBALAB" call KitTest_Operations Misbehave How=9 >/dev/null
expect "state" "$(cat "$ADAPTER/state")" crashed
expect_match "report" "$(cat "$ADAPTER/report")" 'crashed: SIGSEGV at address 0x0 in HwStartIo'
expect_match "backtrace" "$(cat "$ADAPTER/report")" 'kit_crashes.c:[0-9]+ \(KitCrash\)'
expect_match "log" "$(cat "$ADAPTER/log")" 'FAULT crashed: SIGSEGV'
expect_match "the lab's log" "$(cat "$STATE/hbalab.log")" 'adapter kit_driver: FAULT crashed: SIGSEGV'
[ ! -e "$first" ] || fail "the instances are still there"
[ ! -d "/proc/$process" ] || fail "process $process is still there"
expect_match "list" "$("$HBALAB" adapter list)" 'kit_driver +crashed'

# Back again, as the file is now.
"$HBALAB" adapter restart kit_driver
expect "state" "$(cat "$ADAPTER/state")" running
expect "a new start" "$(cat "$first/Value")" 0
[ "$(cat "$ADAPTER/process")" != "$process" ] || fail "the process is the old one"

# Somebody kills it; a hang, with a limit of its own.
kill -9 "$(cat "$ADAPTER/process")"
until_true 20 grep -q crashed "$ADAPTER/state"
expect_match "killed" "$(cat "$ADAPTER/report")" 'crashed: SIGKILL ended its process'
"$HBALAB" adapter add plain --miniport "$DRIVERS/kit_driver.so" --mof "$MOF"
echo 1 >"$MNT/lab/adapters/plain/restart"
"$HBALAB" adapter remove plain
"$HBALAB" adapter remove kit_driver
hangs='{ "name": "hangs", "miniport": { "path": "%s/kit_driver.so", "mof": ["%s"], "isolate": { "hang_ms": 200 } } }\n'
printf "$hangs" "$DRIVERS" "$MOF" >"$MNT/lab/add_adapter"
refuses "$HBALAB" call KitTest_Operations Misbehave How=13 >/dev/null
expect "state" "$(cat "$MNT/lab/adapters/hangs/state")" hung
expect_match "hang" "$(cat "$MNT/lab/adapters/hangs/report")" 'hung: HwStartIo has not returned for 200 ms'
expect_match "its place" "$(cat "$MNT/lab/adapters/hangs/report")" 'kit_crashes.c:[0-9]+ \(Hang\)'
"$HBALAB" adapter remove hangs

# A probe of the checker's runs on the clock's thread, and is where this one ends: the rule is named.
# It may come before the driver is said to run: then that is refused with the same text.
WRONG=$HBALAB_BUILD/samples/wrong
"$HBALAB" adapter add wrong --isolate --miniport "$WRONG/null_length_array_written.so" \
  --mof "$HBALAB_SOURCE/hba-sim/samples/wrong/driver.mof" 2>"$WORK/err" || true
until_true 20 grep -qs crashed "$WORK/err" "$MNT/lab/adapters/wrong/state"
said=$(cat "$WORK/err" "$MNT/lab/adapters/wrong/report" 2>/dev/null || true)
expect_match "the rule" "$said" 'it said: hbalab: .*null_length_array_written: '
expect_match "the place" "$said" 'null_length_array_written.c:[0-9]+'
[ ! -d "$MNT/lab/adapters/wrong" ] || "$HBALAB" adapter remove wrong

expect_match "no adapter" "$(refuses "$HBALAB" adapter restart none)" 'there is no adapter none'

# Another one, with --isolate, which ends with a lab that is killed.
"$HBALAB" adapter add second --isolate --miniport "$DRIVERS/kit_scsiport.so" --mof "$MOF"
process=$(cat "$MNT/lab/adapters/second/process")
kill -9 "$(cat "$MNT/lab/pid")"
until_true 20 test ! -d "/proc/$process"
"$HBALAB" umount --lazy "$MNT"

# Hardware is not restarted; nothing is left behind.
"$HBALAB" mount --lab "$LAB" --isolate --miniport "$DRIVERS/kit_driver.so" --mof "$MOF" --state "$STATE" "$MNT"
expect_match "hardware" "$(refuses "$HBALAB" adapter restart hba0)" 'simulated hardware'
process=$(cat "$ADAPTER/process")
"$HBALAB" umount "$MNT"
[ ! -d "/proc/$process" ] || fail "process $process is still there"
expect "no copy is left" "$(ls "$STATE/drivers" 2>/dev/null)" ""
