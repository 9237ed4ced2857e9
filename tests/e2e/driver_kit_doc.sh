#!/usr/bin/env bash
# What docs/driver-kit.md shows is what one gets: its way from the source to a mounted tree, and the
# commands about loading and checking a driver.
. "$(dirname "$0")/lib.sh"
DOC=$HBALAB_SOURCE/docs/driver-kit.md
export PATH=${HBALAB%/*}:$PATH XDG_STATE_HOME=$STATE

# block SECTION NUMBER: the lines of a fenced block of that section.
block() {
  awk -v section="$1" -v wanted="$2" '
    /^##+ / { inside = ($0 ~ "^##+ " section "$") }
    inside && /^```/ { open = !open; if (open) ++count; next }
    inside && open && count == wanted' "$DOC"
}
# away: unmounts what is mounted.
away() { if mountpoint -q "$MNT"; then hbalab umount "$MNT"; fi; }

mkdir "$WORK/source"
# A reader has one mount, which is meant; here there may be those of other tests.
MNT=$WORK/source/mnt
HBALAB_TREE=$MNT
cp "$HBALAB_SOURCE"/hba-sim/samples/storport/driver.{c,mof} "$WORK/source"
block "From source to a mounted tree" 1 >"$WORK/commands"
count=$(wc -l <"$WORK/commands")
[ "$count" -ge 5 ] && [ "$count" -lt 10 ] || fail "$count commands from the source to a mounted tree"
(cd "$WORK/source" && timeout 120 bash -euo pipefail "$WORK/commands") >"$WORK/out" 2>"$WORK/err" </dev/null ||
  fail "a command failed: $(cat "$WORK/out" "$WORK/err")"
expect "what they print" "$(cat "$WORK/out")" "$(block "From source to a mounted tree" 2)"
expect "what they complain about" "$(cat "$WORK/err")" ""
mountpoint -q "$MNT" && fail "it is still mounted"

# A rule's driver, as the text says; what it breaks comes to the terminal too.
cp "$HBALAB_SOURCE"/hba-sim/samples/wrong/{wnode_guid.c,base.c,base.h,driver.mof} "$WORK/source"
(cd "$WORK/source" && hbalab schema header -o wmidata.h driver.mof && hbalab-cc -o wrong.so wnode_guid.c base.c &&
  hbalab mount --miniport ./wrong.so --mof driver.mof ./mnt && { hbalab get WrongValue -i wrong_0 || :; }) >"$WORK/out" 2>&1 </dev/null
until_true 20 grep -q '"rule":"wnode_guid"' "$MNT/lab/violations.jsonl"
expect_match "where" "$(cat "$MNT/lab/violations.jsonl")" '"class":"WrongValue"|3b7c1a50'
away

# Loading and checking: each line by itself, beside what the lines before have left.
mkdir "$WORK/loading"
MNT=$WORK/loading/mnt
HBALAB_TREE=$MNT
cp "$HBALAB_SOURCE"/hba-sim/samples/storport/driver.mof "$HBALAB_BUILD/samples/storport/driver.so" "$WORK/loading"
cp "$HBALAB_SOURCE/tests/golden/lab.json" "$WORK/loading"
{ block "Loading a driver" 1; block "Checking a driver" 1; } >"$WORK/commands"
expect "documented lines" "$(wc -l <"$WORK/commands")" 6
while read -r line; do
  [[ $line != "hbalab mount"* ]] || away
  (cd "$WORK/loading" && timeout 60 bash -c "$line") >"$WORK/out" 2>&1 </dev/null || fail "$line: $(cat "$WORK/out")"
done <"$WORK/commands"
away
