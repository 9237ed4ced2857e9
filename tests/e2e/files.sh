#!/usr/bin/env bash
# More adapters than the process may have NVRAM files open: they take turns, and nothing is lost.
. "$(dirname "$0")/lib.sh"

ADAPTERS=50
LAB=$WORK/lab.json
python3 - $ADAPTERS >"$LAB" <<'PY'
import json, sys
print(json.dumps({"name": "files", "adapters": [
    {"name": f"hba{i}", "ports": [{"address": f"172.16.0.{i + 1}"}], "nvram": {"slots": 4}}
    for i in range(int(sys.argv[1]))]}))
PY
# Without the capability that lets root raise the limit.
drop=()
[ "$(id -u)" = 0 ] && drop=(setpriv --bounding-set=-sys_resource)
mount_limited() ( ulimit -n 128; "${drop[@]}" "$HBALAB" mount --lab "$LAB" --state "$STATE" "$MNT" )
# Half of 128 are for NVRAM: 32 adapters.
check_files() {
  local pid open
  pid=$(cat "$STATE/hbalab.pid")
  expect "limit of the lab" "$(awk '/^Max open files/ {print $4, $5}' "/proc/$pid/limits")" "128 128"
  open=$(find "/proc/$pid/fd" -lname "$STATE/*.sqlite3*" | wc -l)
  expect "$1: open NVRAM files" "$open" 64
}
counts() { cat "$WMI"/MSiSCSI_PersistentLogins/*/PersistentLoginCount | sort | uniq -c | tr -s ' '; }
all_adapters() { for n in $(seq 0 $((ADAPTERS - 1))); do "$@" "hba$n"; done; }
save() { "$HBALAB" call MSiSCSI_Operations LoginToTarget -i "$1" TargetName="iqn.2026-01.org.example:$1" \
  TargetPortal=192.0.2.10 PersistentLogin=true >"$WORK/out" || fail "$1: $(cat "$WORK/out")"; }
remove() { "$HBALAB" call MSiSCSI_Operations RemovePersistentLogin -i "$1" \
  TargetName="iqn.2026-01.org.example:$1" >"$WORK/out" || fail "$1: $(cat "$WORK/out")"; }

mount_limited
check_files "after the start"
all_adapters save
check_files "after a save on each"
expect "logins" "$(counts)" " $ADAPTERS 1"
pid=$(cat "$STATE/hbalab.pid")
kill -KILL "$pid"
gone() { ! kill -0 "$pid" 2>/dev/null; }
until_true 20 gone
umount -l "$MNT" 2>/dev/null || fusermount3 -uz "$MNT"
mount_limited
expect "logins after the kill" "$(counts)" " $ADAPTERS 1"
all_adapters remove
check_files "after a removal on each"
umount_lab
until_true 20 test ! -e "$STATE/hbalab.pid"
expect "logs after the end" "$(find "$STATE" -name '*-wal')" ""
mount_lab
expect "logins after the removals" "$(counts)" " $ADAPTERS 0"
# A file that somebody replaces while it is closed.
umount_lab
mount_limited
held() { find "/proc/$(cat "$STATE/hbalab.pid")/fd" -lname "$STATE/nvram-$1.sqlite3" | grep -q .; }
held hba0 && fail "the NVRAM of hba0 is open, though 49 were used after it"
cp "$STATE/nvram-hba1.sqlite3" "$STATE/copy"
mv "$STATE/copy" "$STATE/nvram-hba0.sqlite3"
out=$("$HBALAB" call MSiSCSI_Operations LoginToTarget -i hba0 TargetName=iqn.2026-01.org.example:x \
  TargetPortal=192.0.2.10 PersistentLogin=true) || :
expect "a save into a foreign file" "$(json Status.name <<<"$out")" ISDSC_COULD_NOT_SAVE_PERSISTENT_LOGIN_DATA
expect "why" "$(cat "$MNT/lab/adapters/hba0/nvram/last_error")" "NVRAM file $STATE/nvram-hba0.sqlite3: was changed or \
replaced, or its -wal file was, while this lab had it closed. Nothing was written to it. Start the lab again to use it as it is now"
save hba1
