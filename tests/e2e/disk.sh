#!/usr/bin/env bash
# A full disk and a state directory that cannot be written: nothing is lost, and whoever asked is told.
. "$(dirname "$0")/lib.sh"

# A directory that this user may not write.
mkdir -m 0555 "$WORK/readonly"
if [ "$(id -u)" = 0 ]; then
  chmod 0755 "$WORK"
  mkdir "$WORK/theirs" && chown nobody "$WORK/theirs"
  cp "$HBALAB" "$LAB" "$WORK/"
  err=$(refuses setpriv --reuid=nobody --regid=nogroup --clear-groups \
    "$WORK/$(basename "$HBALAB")" mount --lab "$WORK/$(basename "$LAB")" --state "$WORK/readonly/state" "$WORK/theirs")
else
  err=$(refuses "$HBALAB" mount --lab "$LAB" --state "$WORK/readonly/state" "$MNT")
fi
expect_match "unwritable directory" "$err" "$WORK/readonly.*[Pp]ermission denied"

# A file system of its own, which only root can make.
[ "$(id -u)" = 0 ] || exit 0
STATE=$WORK/small
mkdir "$STATE"
mount -t tmpfs -o size=2m hbalab-test "$STATE" 2>/dev/null || { echo "no tmpfs here: not tested"; exit 0; }
after_unmount() { umount -l "$STATE"; }
mount_lab
logins=$(instance MSiSCSI_PersistentLogins)
count() { cat "$logins/PersistentLoginCount"; }
save() {
  "$HBALAB" call MSiSCSI_Operations LoginToTarget -i hba0 \
    TargetName="iqn.2026-01.org.example:disk$1" TargetPortal=192.0.2.10 PersistentLogin=true
}
save a >/dev/null
# What is left of the disk, to the last byte.
dd if=/dev/zero of="$STATE/filler" bs=4096 status=none 2>/dev/null || :
dd if=/dev/zero of="$STATE/filler2" bs=1 status=none 2>/dev/null || :
saved=1
for n in $(seq 1000); do
  out=$(save "$n") || break
  saved=$((saved + 1))
done
expect "status when the disk is full" "$(json Status.name <<<"$out")" ISDSC_COULD_NOT_SAVE_PERSISTENT_LOGIN_DATA
expect "count when the disk is full" "$(count)" $saved
# Reading, and what needs no disk, goes on.
expect "reads when the disk is full" "$(cat "$logins/PersistentLogins/0/TargetName")" iqn.2026-01.org.example:diska
# As after a power failure on the full disk: what was acknowledged is there.
pid=$(cat "$STATE/hbalab.pid")
kill -KILL "$pid"
gone() { ! kill -0 "$pid" 2>/dev/null; }
until_true 20 gone
umount -l "$MNT"
mount_lab
expect "count after a start on the full disk" "$(count)" $saved
umount_lab
rm "$STATE/filler" "$STATE/filler2"
mount_lab
expect "count after the kill" "$(count)" $saved
save more >/dev/null
expect "count with room again" "$(count)" $((saved + 1))
