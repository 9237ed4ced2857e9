#!/usr/bin/env bash
# Starting, stopping and being killed.
. "$(dirname "$0")/lib.sh"

# A lab file with errors: every error, with its place; exit code 5; nothing is mounted.
cat >"$WORK/bad.json" <<'JSON'
{ "adapters": [ { "name": "hba0", "device_instance": "PCI\\X", "portz": [] } ],
  "targets": [ { "name": "not-an-iqn", "portals": [ { "address": "192.0.2.10", "port": 70000 } ] } ] }
JSON
code=0
err=$("$HBALAB" mount --lab "$WORK/bad.json" --state "$STATE" "$MNT" 2>&1) || code=$?
expect "exit code of a bad lab file" $code 5
expect_match "misspelt key" "$err" 'ports'
expect_match "port out of range" "$err" '70000'
expect_match "bad name" "$err" 'not-an-iqn'

mount_lab
[ -s "$STATE/hbalab.pid" ] || fail "no pid file"
pid=$(cat "$STATE/hbalab.pid")
expect "pid in the tree" "$(cat "$MNT/lab/pid")" "$pid"

# A mount point in use; a state directory in use.
expect_match "mounted twice" "$(refuses "$HBALAB" mount --lab "$LAB" --state "$WORK/other" "$MNT")" 'mounted'
expect_match "state in use" "$(refuses "$HBALAB" mount --lab "$LAB" --state "$STATE" "$WORK/mnt2")" "$STATE"
mkdir "$WORK/full" && touch "$WORK/full/file"
expect_match "not empty" "$(refuses "$HBALAB" mount --lab "$LAB" --state "$WORK/s3" "$WORK/full")" 'not empty'

# A slash at the end, and a way that leads over a link, are the same mount point.
ln -s "$WORK" "$WORK/link"
mkdir "$WORK/slash"
"$HBALAB" mount --lab "$LAB" --state "$WORK/slash-state" "$WORK/slash/"
"$HBALAB" umount "$WORK/link/slash/"
! mountpoint -q "$WORK/slash" || fail "still mounted after umount through a link"

# SIGTERM unmounts cleanly.
kill -TERM "$pid"
gone() { ! kill -0 "$pid" 2>/dev/null; }
until_true 20 gone
! mountpoint -q "$MNT" || fail "still mounted after SIGTERM"
[ ! -e "$STATE/hbalab.pid" ] || fail "the pid file is still there"

# What a killed lab left behind is recovered, by itself.
mount_lab
echo '{"TargetName": "iqn.2026-01.org.example:disk1", "TargetPortal": "192.0.2.10", "PersistentLogin": true}' >"$(instance MSiSCSI_Operations)/LoginToTarget/call"
pid=$(cat "$STATE/hbalab.pid")
kill -KILL "$pid"
until_true 20 gone
mount_lab
expect "saved before the kill" "$(cat "$(instance MSiSCSI_PersistentLogins)/PersistentLoginCount")" 1
umount_lab

# In front.
"$HBALAB" mount --foreground --lab "$LAB" --state "$STATE" "$MNT" &
job=$!
answers() { [ -r "$MNT/README" ]; }
until_true 20 answers
kill -INT $job
wait $job || fail "--foreground ended with $?"

# SIGHUP ends a lab as SIGTERM does. What was changed under lab/ lasts as long as the lab.
mount_lab --single-threaded
pid=$(cat "$STATE/hbalab.pid")
echo 192.0.2.55 >"$MNT/lab/adapters/hba0/ports/0/address"
mkdir "$MNT/lab/fabric/targets/iqn.2026-01.org.example:new"
kill -HUP "$pid"
until_true 20 gone
mount_lab
expect "address after a restart" "$(cat "$MNT/lab/adapters/hba0/ports/0/address")" 192.0.2.1
[ ! -e "$MNT/lab/fabric/targets/iqn.2026-01.org.example:new" ] || fail "a target was kept over a restart"

# Without --state the lab's name decides. Of several trees one has to be chosen.
XDG_STATE_HOME=$WORK/xdg "$HBALAB" mount --lab "$LAB" "$WORK/mnt2"
[ -s "$WORK/xdg/hbalab/e2e/hbalab.pid" ] || fail "the default state directory is not used"
code=0
err=$(HBALAB_TREE= "$HBALAB" list 2>&1) || code=$?
expect "exit code with several trees" $code 4
expect_match "several trees" "$err" "$MNT.*$WORK/mnt2"
"$HBALAB" umount "$WORK/mnt2"

# A tree that is in use is unmounted only with --lazy; its lab ends when it is let go.
pid=$(cat "$STATE/hbalab.pid")
exec 9<"$MNT/README"
expect_match "in use" "$(refuses umount_lab)" 'busy'
"$HBALAB" umount --lazy "$MNT"
! mountpoint -q "$MNT" || fail "still mounted after umount --lazy"
kill -0 "$pid" || fail "the lab has ended under an open file"
exec 9<&-
until_true 20 gone

# A corrupt database is refused, named, and left alone.
for db in "$STATE"/*.sqlite3; do printf 'this is no database, whatever its name says' >"$db"; done
rm -f "$STATE"/*-wal "$STATE"/*-shm
err=$(refuses mount_lab)
expect_match "corrupt database" "$err" 'sqlite3'
grep -q 'this is no database' "$STATE"/*.sqlite3 || fail "the corrupt file was replaced"

# A state directory that cannot be made.
expect_match "state below a file" "$(refuses "$HBALAB" mount --lab "$LAB" --state "$WORK/bad.json/state" "$MNT")" 'bad.json'
