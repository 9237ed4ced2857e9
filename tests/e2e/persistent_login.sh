#!/usr/bin/env bash
# Persistent logins by every road: call, mkdir, call.bin, hbalab call. What a user sees.
. "$(dirname "$0")/lib.sh"
mount_lab

ops=$(instance MSiSCSI_Operations)
logins=$(instance MSiSCSI_PersistentLogins)
sessions=$(instance MSiSCSI_InitiatorSessionInfo)
target=iqn.2026-01.org.example:disk1

expect "vendor model" "$(cat "$(instance MSiSCSI_HBAInformation)/VendorModel")" EX4010
expect "count at first" "$(cat "$logins/PersistentLoginCount")" 0

# Save with one echo; it is saved, not logged in.
echo '{"TargetName": "'$target'", "TargetPortal": "192.0.2.10", "PersistentLogin": true}' >"$ops/LoginToTarget/call"
expect "count after save" "$(cat "$logins/PersistentLoginCount")" 1
expect "sessions after save" "$(cat "$sessions/SessionCount")" 0
expect "status of the save" "$(json out Status <"$ops/LoginToTarget/last.json")" 0
record=$logins/PersistentLogins/0
expect "stored name" "$(cat "$record/TargetName")" $target
expect "stored address" "$(cat "$record/TargetPortal/Address/Type.name")" ISCSI_IP_ADDRESS_IPV4
expect "stored socket" "$(cat "$record/TargetPortal/Socket")" 3260
expect "security flags" "$(cat "$record/SecurityFlags.name")" 0

# The same port, target and portal again replaces the record, however it is written.
echo '{"TargetName": "IQN.2026-01.ORG.EXAMPLE:DISK1", "TargetPortal": {"Address": {"Type": 0, "TextAddress": "192.0.2.10"}, "Socket": 3260}, "PersistentLogin": true, "SecurityFlags": 1}' >"$ops/LoginToTarget/call"
expect "count after the same again" "$(cat "$logins/PersistentLoginCount")" 1
expect "replaced flags" "$(cat "$record/SecurityFlags.name")" ISCSI_SECURITY_FLAG_VALID

# A reset logs in.
echo 1 >"$MNT/lab/adapters/hba0/reset"
session_is_there() { [ "$(cat "$sessions/SessionCount")" = 1 ]; }
until_true 20 session_is_there
mappings=$(instance MSiSCSI_TargetMappings)
mapped() { [ -e "$mappings/TargetMappings/0/FromPersistentLogin" ]; }
until_true 20 mapped
expect "from a persistent login" "$(cat "$mappings/TargetMappings/0/FromPersistentLogin")" 1
expect "mapped LUNs" "$(cat "$mappings/TargetMappings/0/LUNCount")" 2
session=$(cat "$sessions/SessionsList/0/UniqueSessionId")
lun_instances() { [ "$(ls "$WMI/MSiSCSI_LUNMappingInformation" | grep -c '^SCSI')" = 2 ]; }
until_true 20 lun_instances
for lun in "$WMI/MSiSCSI_LUNMappingInformation/"SCSI*; do
  expect "session of $lun" "$(cat "$lun/UniqueSessionId")" "$session"
done

# Remove: by hbalab call; the session stays.
out=$("$HBALAB" call MSiSCSI_Operations RemovePersistentLogin --instance hba0 TargetName=$target TargetPortal=192.0.2.10)
expect "status of the removal" "$(json Status <<<"$out")" 0
expect "count after removal" "$(cat "$logins/PersistentLoginCount")" 0
expect "session still there" "$(cat "$sessions/SessionsList/0/UniqueSessionId")" "$session"

# Again: says what is missing, by number and by name; exit code 3.
code=0
out=$("$HBALAB" call MSiSCSI_Operations RemovePersistentLogin --instance hba0 TargetName=$target) || code=$?
expect "exit code" $code 3
expect "status name" "$(json Status.name <<<"$out")" ISDSC_TARGET_NOT_FOUND
expect_match "explained" "$("$HBALAB" explain "$(json Status <<<"$out")")" ISDSC_TARGET_NOT_FOUND

# One transaction a handle: write, read the answer from the same handle.
exec 9<>"$ops/RemovePersistentLogin/call"
echo '{"TargetName": "'$target'"}' >&9
expect "answer on the handle" "$(json Status.name <&9)" ISDSC_TARGET_NOT_FOUND
exec 9>&-

# By mkdir: parameters as files.
mkdir "$ops/LoginToTarget/mine"
echo $target >"$ops/LoginToTarget/mine/in/TargetName"
echo 1 >"$ops/LoginToTarget/mine/in/PersistentLogin"
echo ISCSI_IP_ADDRESS_TEXT >"$ops/LoginToTarget/mine/in/TargetPortal/Address/Type"
echo array.example >"$ops/LoginToTarget/mine/in/TargetPortal/Address/TextAddress"
echo 1 >"$ops/LoginToTarget/mine/execute"
expect "state" "$(cat "$ops/LoginToTarget/mine/state")" done
expect "status by mkdir" "$(cat "$ops/LoginToTarget/mine/out/Status")" 0
rmdir "$ops/LoginToTarget/mine"
expect "count after mkdir" "$(cat "$logins/PersistentLoginCount")" 1
expect "host name kept" "$(cat "$record/TargetPortal/Address/TextAddress")" array.example

# By raw bytes: RemovePersistentLogin_IN with any port and an EMPTY portal (Type 3).
python3 - "$ops/RemovePersistentLogin/call.bin" $target <<'PY'
import struct, sys
name = sys.argv[2].encode("utf-16-le")
block = bytearray(1008)
struct.pack_into("<IH", block, 0, 0xFFFFFFFF, len(name))
block[6:6 + len(name)] = name
struct.pack_into("<I", block, 452, 3)
with open(sys.argv[1], "r+b", buffering=0) as f:
    assert f.write(block) == 1008
    out = f.read(4)
assert out == b"\0\0\0\0", out
PY
expect "count after call.bin" "$(cat "$logins/PersistentLoginCount")" 0

# All three views agree.
python3 - "$logins" <<'PY'
import json, struct, sys
block = open(sys.argv[1] + "/block.bin", "rb").read()
whole = json.load(open(sys.argv[1] + "/instance.json"))
assert struct.unpack_from("<I", block)[0] == whole["PersistentLoginCount"] == 0
PY

# Log out; the session id is dead afterwards, and its instances and elements have gone.
lun=$(echo "$WMI/MSiSCSI_LUNMappingInformation/"SCSI*0_0)
exec 9<"$lun/UniqueSessionId"
echo '{"UniqueSessionId": '"$session"'}' >"$ops/LogoutFromTarget/call"
expect "sessions after logout" "$(cat "$sessions/SessionCount")" 0
expect_match "element that has gone" "$(refuses cat "$sessions/SessionsList/0/UniqueSessionId")" 'No such file'
lun_gone() { [ ! -e "$lun" ]; }
until_true 20 lun_gone
expect_match "open file of a device that has gone" "$(cat <&9 2>&1 || :)" 'No such device|Stale file handle'
exec 9<&-
out=$("$HBALAB" call MSiSCSI_Operations LogoutFromTarget -i hba0 UniqueSessionId="$session") || :
expect "logout again" "$(json Status.name <<<"$out")" ISDSC_INVALID_SESSION_ID

# The command line: values, blocks and members as the files have them; parameters from standard input.
hba=$(instance MSiSCSI_HBAInformation)
expect "two values" "$("$HBALAB" get MSiSCSI_HBAInformation VendorModel MaxCDBLength -i hba0)" "$(cat "$hba/VendorModel" "$hba/MaxCDBLength")"
expect "a value as JSON" "$("$HBALAB" get MSiSCSI_HBAInformation VendorModel -i hba0 --json | json VendorModel)" EX4010
"$HBALAB" get MSiSCSI_HBAInformation --raw -i hba0 | cmp - "$hba/block.bin"
"$HBALAB" get MSiSCSI_HBAInformation -i 08_0 | cmp - "$hba/instance.json"
expect_match "which instance" "$(refuses "$HBALAB" get MSiSCSI_HBAInformation VendorModel)" 'several instances'
expect_match "a property that can be written" "$("$HBALAB" list MSiSCSI_HBASessionConfig -i hba0)" $'\nMaxBurstLength  \\(writable\\)\n'
expect_match "a method" "$("$HBALAB" list MSiSCSI_Operations -i hba0)" $'\nLoginToTarget/  \\(method\\)\n'
code=0
"$HBALAB" set MSiSCSI_HBASessionConfig -i hba0 FirstBurstLength=70000 FirstBurstLength=x FirstBurstLength=80000 2>"$WORK/err" || code=$?
expect "exit code of a refused set" $code 1
expect_match "refused set" "$(cat "$WORK/err")" 'Invalid argument: FirstBurstLength: "x" came'
expect "set up to the refusal" "$("$HBALAB" get MSiSCSI_HBASessionConfig FirstBurstLength -i hba0)" 70000
out=$("$HBALAB" call MSiSCSI_Operations LoginToTarget -i hba0 TargetName=$target TargetPortal.Address='[2001:db8::10]' TargetPortal.Socket=3261 PersistentLogin=true 'SecurityFlags=ISCSI_SECURITY_FLAG_VALID|4')
expect "address of a member" "$(cat "$record/TargetPortal/Address/IpV6Address" "$record/TargetPortal/Socket")" "20010db8000000000000000000000010"$'\n'3261
expect "name and number" "$(cat "$record/SecurityFlags")" 5
out=$("$HBALAB" call --stdin MSiSCSI_Operations RemovePersistentLogin -i hba0 <<<'{"TargetName": "'$target'"}')
expect "parameters from standard input" "$(json Status <<<"$out")" 0

# CHAP.
login() { "$HBALAB" call MSiSCSI_Operations LoginToTarget -i hba0 TargetName=iqn.2026-01.org.example:secure TargetPortal=192.0.2.20 "$@" || :; }
expect "without CHAP" "$(login | json Status.name)" ISDSC_AUTHENTICATION_FAILURE
expect "wrong secret" "$(login "LoginOptions.InformationSpecified=ISCSI_LOGIN_OPTIONS_USERNAME|ISCSI_LOGIN_OPTIONS_PASSWORD|ISCSI_LOGIN_OPTIONS_AUTH_TYPE" LoginOptions.AuthType=ISCSI_CHAP_AUTH_TYPE Username=operator Password=not-the-secret | json Status.name)" ISDSC_AUTHENTICATION_FAILURE
expect "right secret" "$(login "LoginOptions.InformationSpecified=ISCSI_LOGIN_OPTIONS_USERNAME|ISCSI_LOGIN_OPTIONS_PASSWORD|ISCSI_LOGIN_OPTIONS_AUTH_TYPE" LoginOptions.AuthType=ISCSI_CHAP_AUTH_TYPE Username=operator Password=fifteen-bytes-x | json Status)" 0

# A dead portal answers after the adapter's deadline, and holds up nobody meanwhile.
( "$HBALAB" call MSiSCSI_Operations LoginToTarget -i hba0 TargetName=iqn.2026-01.org.example:dead TargetPortal=192.0.2.30 >"$WORK/dead.json" || : ) &
expect "others work meanwhile" "$(cat "$(instance MSiSCSI_HBAInformation)/VendorModel")" EX4010
wait
expect_match "dead portal" "$(json Status.name <"$WORK/dead.json")" '^ISDSC_'
[ "$(json Status <"$WORK/dead.json")" != 0 ] || fail "logged in to a dead portal"

# What was saved survives a restart; the restarted lab logs in.
echo '{"TargetName": "'$target'", "TargetPortal": "192.0.2.11:3260", "PortNumber": 0, "PersistentLogin": true}' >"$ops/LoginToTarget/call"
umount_lab
mount_lab
expect "count after restart" "$(cat "$logins/PersistentLoginCount")" 1
until_true 20 session_is_there
