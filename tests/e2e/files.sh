#!/usr/bin/env bash
# Two open files an adapter: the lab raises the limit by itself, and says what is missing.
. "$(dirname "$0")/lib.sh"
LAB=$WORK/lab.json
python3 - >"$LAB" <<'PY'
import json
print(json.dumps({"name": "many", "adapters": [
    {"name": f"hba{i}", "ports": [{"address": f"192.0.2.{i + 1}"}]} for i in range(60)]}))
PY

# with_limits SOFT HARD COMMAND...: root without the right to exceed the hard limit.
with_limits() {
  local drop=()
  [ "$(id -u)" -ne 0 ] || drop=(setpriv --bounding-set=-sys_resource)
  "${drop[@]}" bash -c 'ulimit -Sn "$0" && ulimit -Hn "$1" && shift && exec "$@"' "$@"
}
mount_with() { with_limits "$1" "$2" "$HBALAB" mount --lab "$LAB" --state "$STATE" "$MNT"; }

refusal=$(refuses mount_with 100 100)
expect_match "what is needed" "$refusal" '60 adapters need 184 open files, 2 each'
expect_match "what there is" "$refusal" 'the hard limit is 100, which is enough for 18'
expect_match "what to do" "$refusal" 'ulimit -Hn 1144'

# Enough for the adapters, with less to spare than the lab would take.
mount_with 64 200
expect "adapters" "$(ls "$MNT/lab/adapters" | wc -l)" 60
umount_lab
mount_with 64 4096
expect "adapters again" "$(ls "$MNT/lab/adapters" | wc -l)" 60
pid=$(cat "$MNT/lab/pid")
expect "limit" "$(awk '/Max open files/ { print $4 }' "/proc/$pid/limits")" 1144
