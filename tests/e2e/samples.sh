#!/usr/bin/env bash
# The sample drivers on a mount, with cat, echo and hbalab; none of them breaks a rule.
. "$(dirname "$0")/lib.sh"
SAMPLES=$HBALAB_BUILD/samples

# load NAME: mounts that sample alone. The adapter has the name of its file.
load() {
  "$HBALAB" mount --miniport "$SAMPLES/$1/driver.so" --mof "$SAMPLES/$1/driver.mof" --state "$STATE" "$MNT" 2>"$WORK/err" ||
    fail "$1: $(cat "$WORK/err")"
  expect "$1: nothing to complain about" "$(cat "$WORK/err")" ""
}
unload() {
  expect "$1: report" "$(cat "$MNT/lab/adapters/driver/report")" ""
  expect "$1: violations" "$(cat "$MNT/lab/violations.jsonl")" ""
  umount_lab
}
# at CLASS [INDEX]: the directory of a statically named instance.
at() { echo "$WMI/$1/ROOT\\SCSIADAPTER\\driver_${2:-0}"; }
call() { "$HBALAB" call "$@" --json; }

load storport
cache=$(at SampleCache)
expect "cat" "$(cat "$cache/Size" "$cache/Enabled" "$cache/Flushes" "$cache/Model")" $'256\n1\n0\nNV-DIMM 4'
echo 512 >"$cache/Size"
expect "echo" "$(cat "$cache/Size")" 512
expect_match "a size that it does not take" "$(refuses "$HBALAB" set SampleCache Size=1025)" 'INVALID_DEVICE_REQUEST'
"$HBALAB" set SampleCache Size=64 Enabled=false
expect "get" "$("$HBALAB" get SampleCache --json Size Enabled | tr -d ' \n')" '{"Size":"64","Enabled":"0"}'
"$HBALAB" watch -n 1 SampleCacheFlushed >"$WORK/event" &
expect "call" "$(call SampleCache Flush Most=7 | json Flushed)" 7
echo '{"Most": 0}' >"$WORK/in"
exec 3<>"$cache/Flush/call"
cat "$WORK/in" >&3
expect "call, by its file" "$(json Flushed <&3)" 93
exec 3>&-
expect "counted" "$(cat "$cache/Flushes")" 2
wait $!
expect_match "watch" "$(cat "$WORK/event")" '"SampleCacheFlushed".*"Blocks":(7|93)'
expect_match "its log" "$(cat "$(at SampleCacheFlushed)/events.jsonl")" '"Blocks":7'
unload storport

load scsiport
expect "two instances" "$("$HBALAB" list SampleBus | wc -l)" 2
echo 80 >"$(at SampleBus 1)/Speed"
expect "each its own" "$(cat "$(at SampleBus 0)/Speed" "$(at SampleBus 1)/Speed")" $'320\n80'
(echo 81 >"$(at SampleBus 1)/Speed") 2>/dev/null && fail "a speed that no bus has was taken"
expect "call" "$(call SampleBus ResetBus -i driver_1 Why=5 | json Count)" 1
expect "the other bus" "$(cat "$(at SampleBus 0)/Resets" "$(at SampleBus 1)/Resets" "$(at SampleBus 1)/Reason")" $'0\n1\n5'
expect_match "event of that bus" "$("$HBALAB" watch -a -n 1)" 'driver_1.*"Reason":5'
refuses "$HBALAB" call SampleBus ResetBus -i driver_0 Why=0 >/dev/null
unload scsiport

load dynamic
expect "no disk" "$("$HBALAB" list SampleDisk)" ""
expect "first slot" "$(call SampleEnclosure Insert Serial=WX/1 Capacity=4000000 | json Slot)" 0
expect "second slot" "$(call SampleEnclosure Insert Serial=WX Capacity=10 | json Slot)" 1
refuses "$HBALAB" call SampleEnclosure Insert Serial=WX Capacity=10 >/dev/null
expect "two disks" "$(ls "$WMI/SampleDisk" | grep WX | tr '\n' ' ')" 'WX WX%2F1 '
expect "cat" "$(cat "$WMI/SampleDisk/WX%2F1/Capacity" "$(at SampleEnclosure)/Disks")" $'4000000\n2'
echo 1 >"$WMI/SampleDisk/WX/Locate"
expect "echo" "$("$HBALAB" get SampleDisk -i WX%2F1 Locate) $(cat "$WMI/SampleDisk/WX/Locate")" '0 1'
expect "out" "$(call SampleEnclosure Remove Serial=WX | json Slot)" 1
expect "a disk that was taken out" "$(ls "$WMI/SampleDisk" | grep WX)" 'WX%2F1'
refuses "$HBALAB" call SampleEnclosure Remove Serial=WX >/dev/null
expect "its slot is free" "$(call SampleEnclosure Insert Serial=NEW Capacity=1 | json Slot)" 1
for ((i = 2; i < 8; i++)); do call SampleEnclosure Insert Serial=D$i Capacity=$i >/dev/null; done
refuses "$HBALAB" call SampleEnclosure Insert Serial=D8 Capacity=8 >/dev/null
expect "full" "$("$HBALAB" list SampleDisk | wc -l)" 8
expect "all of them" "$(cat "$WMI"/SampleDisk/D*/Capacity | tr '\n' ' ')" '2 3 4 5 6 7 '
expect_match "events" "$("$HBALAB" watch -a -n 3 | tail -n 1)" '"Slot":1,"Present":false'
unload dynamic

load pending
test=$(at SampleSelfTest)
expect "at once" "$(call SampleSelfTest Run | json Number)" 1
expect "later" "$(call SampleSelfTest Run Milliseconds=30 | json Number)" 2
# Several at once; one is interrupted, and the driver is told to abort it.
running() { [ "$(cat "$test/Running")" = "$1" ]; }
"$HBALAB" call SampleSelfTest Run Milliseconds=60000 >/dev/null 2>&1 &
long=$!
"$HBALAB" call SampleSelfTest Run Milliseconds=60000 2>"$WORK/reset" &
other=$!
until_true 20 running 2
call SampleSelfTest Run Milliseconds=20 >/dev/null
kill $long
code=0
wait $long || code=$?
[ $code -ne 0 ] || fail "an interrupted call succeeded"
until_true 20 running 1
expect "aborted" "$(cat "$test/Aborted" "$test/Completed")" $'1\n3'
# A reset ends the other one, and the adapter starts anew.
echo 1 >"$MNT/lab/adapters/driver/reset"
code=0
wait $other || code=$?
expect "exit code of a call that was reset" $code 1
expect_match "reason" "$(cat "$WORK/reset")" 'Input/output error'
expect "anew" "$(cat "$test/Running" "$test/Completed" "$test/Aborted")" $'0\n0\n0'
expect "it works" "$(call SampleSelfTest Run Milliseconds=10 | json Number)" 1
unload pending
