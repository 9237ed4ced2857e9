#!/usr/bin/env bash
# The checker of drivers on a mount: what it finds is in the log, the trace, the report and on the
# terminal, with the line of the driver's source; who does not want it gets nothing.
. "$(dirname "$0")/lib.sh"
DRIVER=$HBALAB_BUILD/drivers/kit_driver.so
MOF=$HBALAB_SOURCE/tests/hba-sim/drivers/kit_test.mof
LOG=$MNT/lab/violations.jsonl
mount_driver() { "$HBALAB" mount --miniport "$DRIVER" --mof "$MOF" --state "$STATE" "$@" "$MNT"; }
frees_twice() { "$HBALAB" call KitTest_Operations Misbehave How=6 >/dev/null; }
found() { grep -q freed_unknown "$1"; }

mount_driver 2>"$WORK/err"
expect "a driver that keeps the rules" "$(cat "$WORK/err")" ""
cat "$WMI"/KitTest_Counter/*/Value "$WMI"/KitTest_Named/*/block.bin >/dev/null
expect "and goes on keeping them" "$(timeout 10 cat "$LOG")" ""
timeout 60 tail -f "$LOG" >"$WORK/tail.txt" &
frees_twice
until_true 30 found "$LOG"
until_true 30 found "$WORK/tail.txt"
kill %1 2>/dev/null || :
record=$(head -n 1 "$LOG")
expect "record" "$(json record <<<"$record")" 1
expect "rule" "$(json rule <<<"$record")" freed_unknown
expect "severity" "$(json severity <<<"$record")" error
expect "adapter" "$(json adapter <<<"$record")" kit_driver
expect "routine" "$(json function <<<"$record")" HwStartIo
expect_match "line of the source" "$(json source <<<"$record")" '/kit_methods\.c:[0-9]+ \(Misbehave\)$'
line=$(json source <<<"$record" | sed 's/.*:\([0-9]*\) .*/\1/')
expect_match "that line" "$(sed -n "${line}p" "$HBALAB_SOURCE/tests/hba-sim/drivers/kit_methods.c")" ExtFunctionFreePool
expect_match "trace" "$(grep freed_unknown "$MNT/lab/trace.jsonl")" '^\{"seq":[0-9]+,"record":1,'
expect_match "report" "$(cat "$MNT/lab/adapters/kit_driver/report")" 'violation: kit_driver: error: freed_unknown: '
grep -q 'hbalab: kit_driver: error: freed_unknown: ' "$STATE/hbalab.log" || fail "not in the lab's log"
grep -q '"probe":"unknown_method"' "$MNT/lab/trace.jsonl" || fail "the checker's requests are not marked"

# Once more is the same record; an adapter that begins anew has new ones.
frees_twice
expect "records" "$(grep -c . "$LOG")" 1
"$HBALAB" adapter add again --miniport "$DRIVER" --mof "$MOF"
"$HBALAB" adapter remove kit_driver
"$HBALAB" adapter add kit_driver --miniport "$DRIVER" --mof "$MOF"
"$HBALAB" call KitTest_Operations Misbehave -i kit_driver How=6 >/dev/null
twice() { [ "$(grep -c '"adapter":"kit_driver"' "$LOG")" -ge 2 ]; }
until_true 30 twice
umount_lab

# Without the checker: by the option, by the environment, by the lab file.
none() {
  frees_twice
  expect "$1: violations" "$(cat "$LOG")" ""
  expect_match "$1: the report has it all the same" "$(cat "$MNT/lab/adapters/kit_driver/report")" 'fault: HwStartIo: freed_unknown: '
  umount_lab
}
mount_driver --check=none
none "--check=none"
HBALAB_CHECK=none mount_driver
none "HBALAB_CHECK=none"
cat >"$WORK/lab.json" <<JSON
{ "name": "left-alone", "adapters": [ { "name": "kit_driver",
    "miniport": { "path": "$DRIVER", "mof": ["$MOF"], "check": false } } ] }
JSON
HBALAB_CHECK=all "$HBALAB" mount --lab "$WORK/lab.json" --state "$STATE" "$MNT"
none "lab file"
expect_match "wrong environment" "$(HBALAB_CHECK=some refuses mount_driver)" "HBALAB_CHECK is 'some'; expected loaded, all or none"
expect_match "wrong option" "$(refuses mount_driver --check=some)" 'check'

# The built-in miniport keeps the rules.
"$HBALAB" mount --lab "$LAB" --check=all --state "$STATE" "$MNT"
find "$WMI" -name block.bin -exec cat {} + >/dev/null
cat "$MNT/lab/adapters/hba0/sessions" >/dev/null
expect "the built-in miniport" "$(cat "$LOG")" ""
grep -q '"probe":"second_run"' "$MNT/lab/trace.jsonl" || until_true 10 grep -q '"probe":"second_run"' "$MNT/lab/trace.jsonl"
expect "and still" "$(cat "$LOG")" ""
umount_lab
