#!/usr/bin/env bash
# Every line of the tour runs as printed, in a shell of its own, on the sample lab.
. "$(dirname "$0")/lib.sh"
"$HBALAB" mount --state "$STATE" "$MNT"
"$HBALAB" tour --tree "$MNT" >"$WORK/tour.txt"
cmp "$WORK/tour.txt" "$MNT/README"
sed -n 's/^    \$ //p' "$WORK/tour.txt" >"$WORK/lines.sh"
[ "$(wc -l <"$WORK/lines.sh")" -ge 12 ] || fail "the tour has only $(wc -l <"$WORK/lines.sh") lines to copy"
export PATH="$(dirname "$HBALAB"):$PATH"
timeout 120 bash -euo pipefail "$WORK/lines.sh" >"$WORK/out.txt" || { cat "$WORK/out.txt"; fail "a line of the tour failed"; }
grep -q ISDSC_TARGET_NOT_FOUND "$WORK/out.txt" || fail "the tour shows no status name"
