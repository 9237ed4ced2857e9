#!/usr/bin/env bash
# No secret can be read back: not in the tree, the trace, the log, nor in what the program prints.
. "$(dirname "$0")/lib.sh"
mount_lab
ops=$(instance MSiSCSI_Operations)
secret=tell-nobody-this
echo '{"TargetName": "iqn.2026-01.org.example:secure", "TargetPortal": "192.0.2.20", "PersistentLogin": true, "LoginOptions": {"InformationSpecified": 224, "AuthType": 1}, "Username": "operator", "Password": "'$secret'"}' >"$ops/LoginToTarget/call"
expect "saved" "$(json out Status <"$ops/LoginToTarget/last.json")" 0
expect "user name is shown" "$(cat "$(instance MSiSCSI_PersistentLogins)/PersistentLogins/0/Username")" operator
mkdir "$ops/LoginToTarget/mine"
echo $secret >"$ops/LoginToTarget/mine/in/Password"
expect "mode of a secret" "$(stat -c %a "$ops/LoginToTarget/mine/in/Password")" 200
# Secrets that methods and properties set; names beside them are shown.
echo '{"SharedSecret": "'$secret'"}' >"$ops/SetCHAPSharedSecret/call"
echo '{"SharedSecret": "'$secret'"}' >"$ops/SetRADIUSSharedSecret/call"
echo '{"IdType": "ID_FQDN", "Id": "'"$(printf initiator.example | od -An -tx1 | tr -d ' \n')"'", "Key": "'"$(printf %s $secret | od -An -tx1 | tr -d ' \n')"'"}' >"$(instance MSiSCSI_SecurityConfigOperations)/SetPresharedKeyForId/call"
for method in "$ops"/Set{CHAP,RADIUS}SharedSecret "$(instance MSiSCSI_SecurityConfigOperations)/SetPresharedKeyForId"; do
  expect "status of $(basename "$method")" "$(json out Status <"$method/last.json")" 0
done
boot=$(instance MSiSCSI_BootConfiguration)
echo operator >"$boot/Username"
echo $secret >"$boot/Password"
expect "boot user name" "$(cat "$boot/Username")" operator
expect "size of the boot password" "$(cat "$boot/PasswordSize")" ${#secret}
expect "size of the RADIUS secret" "$(cat "$(instance MSiSCSI_RADIUSConfig)/SharedSecretSizeInBytes")" ${#secret}
expect "mode of the boot password" "$(stat -c %a "$boot/Password")" 200
# A refused secret says why, without the secret, though its file cannot be read.
refusal=$(refuses "$HBALAB" set MSiSCSI_BootConfiguration -i hba0 Password=short)
expect_match "why a secret was refused" "$refusal" 'BootConfiguration.*: Operation not supported: .*STATUS_INVALID_DEVICE_REQUEST'
[[ $refusal == *short* ]] && fail "the refusal shows the secret"
echo 1 >"$MNT/lab/adapters/hba0/reset"
expect "boot password after a reset" "$(cat "$boot/PasswordSize")" ${#secret}
if find "$MNT" -type f -perm -u=r -exec cat {} + 2>/dev/null | grep -aq -e "$secret" -e fifteen-bytes-x; then fail "a secret is readable in the tree"; fi
# UTF-16 and hexadecimal forms too.
hexed=$(printf %s $secret | od -An -tx1 | tr -d ' \n')
if find "$MNT" -type f -perm -u=r -exec cat {} + 2>/dev/null | grep -aqi "$hexed"; then fail "a secret is readable as hex"; fi
grep -aq "$secret" "$STATE/hbalab.log" 2>/dev/null && fail "a secret is in the log"
expect "mode of the database" "$(stat -c %a "$STATE"/*hba0*.sqlite3)" 600
rmdir "$ops/LoginToTarget/mine"
