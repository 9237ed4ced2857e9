#!/usr/bin/env bash
# Logs: tail -f, hbalab watch and hbalab trace follow what happens; cat ends.
. "$(dirname "$0")/lib.sh"
mount_lab
ops=$(instance MSiSCSI_Operations)
log=$(instance MSiSCSI_AdapterEvent)/events.jsonl
expect "events at first" "$(timeout 10 cat "$log")" ""
timeout 60 tail -f "$log" >"$WORK/tail.txt" &
"$HBALAB" watch -n 1 >"$WORK/watch.txt" &
watcher=$!
timeout 60 "$HBALAB" trace -f -n 0 >"$WORK/trace.txt" &
tracing() { [ -s "$WORK/trace.txt" ]; }
# The watcher has its logs open once the driver has been asked to enable events.
ready() { cat "$(instance MSiSCSI_HBAInformation)/VendorModel" >/dev/null; tracing; }
until_true 20 ready
session=$("$HBALAB" call MSiSCSI_Operations LoginToTarget -i hba0 SessionType=ISCSI_LOGINTARGET_DISCOVERY TargetPortal=192.0.2.10 | json UniqueSessionId)
echo '{"UniqueSessionId": '"$session"', "SendTargetsText": "All"}' >"$ops/SendTargets/call"
logged() { grep -q ISCSI_ADAPTER_TARGETS_CHANGED "$1"; }
until_true 30 logged "$log"
until_true 30 logged "$WORK/tail.txt"
wait $watcher || fail "watch ended with $?"
logged "$WORK/watch.txt" || fail "watch printed no event"
grep -q '"method":"SendTargets"' "$WORK/trace.txt" || until_true 10 grep -q '"method":"SendTargets"' "$WORK/trace.txt"
kill %1 %3 2>/dev/null || :
expect "what was fired before" "$(timeout 10 "$HBALAB" watch --all -n 1 MSiSCSI_AdapterEvent)" "$(head -n 1 "$log")"
expect "lines of the trace" "$("$HBALAB" trace | wc -l) $("$HBALAB" trace -n 3 | wc -l)" "10 3"
expect_match "SendTargets' answer" "$(json out Response <"$ops/SendTargets/last.json" | tr '\0' '\n')" 'TargetName=iqn.2026-01.org.example:disk1'
