#!/usr/bin/env bash
# The usual tools over the whole tree: they end, without error.
. "$(dirname "$0")/lib.sh"
mount_lab
ops=$(instance MSiSCSI_Operations)
echo '{"TargetName": "iqn.2026-01.org.example:disk1", "TargetPortal": "192.0.2.10"}' >"$ops/LoginToTarget/call"
for n in 1 2 3; do
  echo '{"TargetName": "iqn.2026-01.org.example:disk'$n'", "TargetPortal": "192.0.2.10", "PersistentLogin": true}' >"$ops/LoginToTarget/call"
done
mkdir "$ops/LoginToTarget/mine"

limit() { timeout 120 "$@"; }
limit find "$MNT" >"$WORK/find.txt"
[ "$(wc -l <"$WORK/find.txt")" -gt 300 ] || fail "find saw only $(wc -l <"$WORK/find.txt") entries"
limit ls -lR "$MNT" >"$WORK/ls.txt"
limit du -a "$MNT" >/dev/null
limit stat "$WMI"/*/*/* >/dev/null
# grep says 2 where a file cannot be read: write-only files are no error of the tree for root, who reads
# their refusal; everything else must be readable.
limit grep -rI "disk1" "$MNT/root" >"$WORK/grep.txt" 2>"$WORK/grep.err" || [ $? -le 1 ] || cat "$WORK/grep.err"
grep -q 'PersistentLogins/0/TargetName:iqn.2026-01.org.example:disk1' "$WORK/grep.txt" || fail "grep did not find the stored name"
find "$MNT" -type f -perm -u=r >"$WORK/readable.txt"
while IFS= read -r file; do
  limit cat "$file" >/dev/null || fail "cat $file"
done <"$WORK/readable.txt"
# tar and cp of what can be read.
limit tar -C "$MNT" -c --exclude='*/call' --exclude='*/call.bin' -f "$WORK/all.tar" root README || fail "tar ended with $?"
tar -tf "$WORK/all.tar" >/dev/null
limit tar -C "$MNT" -cf "$WORK/whole.tar" . 2>"$WORK/tar.err" || { cat "$WORK/tar.err"; fail "tar of the whole tree ended with $?"; }
mkdir "$WORK/copy"
limit cp -r "$MNT/root" "$WORK/copy/" 2>"$WORK/cp.err" || { cat "$WORK/cp.err"; fail "cp -r ended with $?"; }
for name in VendorModel MaxCDBLength; do
  cmp "$(instance MSiSCSI_HBAInformation)/$name" "$WORK/copy/root/wmi/MSiSCSI_HBAInformation/$(basename "$(instance MSiSCSI_HBAInformation)")/$name"
done
cmp "$(instance MSiSCSI_PersistentLogins)/block.bin" "$WORK/copy/root/wmi/MSiSCSI_PersistentLogins/$(basename "$(instance MSiSCSI_PersistentLogins)")/block.bin"
rmdir "$ops/LoginToTarget/mine"

# The instance.json of a large block has no size beforehand, and is read to its end all the same.
logins=$(instance MSiSCSI_PersistentLogins)
for n in $(seq 200); do
  echo '{"TargetName": "iqn.2026-01.org.example:many'$n'", "TargetPortal": "192.0.2.10", "PersistentLogin": true}' >"$ops/LoginToTarget/call"
done
sized() { [ "$(stat -c %s "$logins/block.bin")" -gt 262144 ]; }
until_true 20 sized
expect "size of a large instance.json" "$(stat -c %s "$logins/instance.json")" 0
cp "$logins/instance.json" "$WORK/large.json"
expect "copy of a large instance.json" "$(json PersistentLoginCount <"$WORK/large.json")" "$(cat "$logins/PersistentLoginCount")"
