# What the end-to-end tests share. Each test is an executable script: it gets HBALAB (the program) from
# ctest, makes its own mount and state below a temporary directory, and cleans up whatever happens.
# Exit 77 skips.
set -euo pipefail

: "${HBALAB:?the hbalab program under test}"
[ -c /dev/fuse ] || { echo "skipped: no /dev/fuse"; exit 77; }
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
WORK=$(mktemp -d "${TMPDIR:-/tmp}/hbalab-e2e.XXXXXX")
MNT=$WORK/mnt
STATE=$WORK/state
LAB=${LAB:-$HERE/lab.json}
export HBALAB_TREE=$MNT
WMI=$MNT/root/wmi
# For a test to replace: what else it has to undo.
after_unmount() { :; }
cleanup() {
  local code=$?
  trap - EXIT
  if mountpoint -q "$MNT" 2>/dev/null || [ -n "$(awk -v m="$MNT" '$5 == m' /proc/self/mountinfo)" ]; then
    "$HBALAB" umount "$MNT" >/dev/null 2>&1 || "$HBALAB" umount --lazy "$MNT" >/dev/null 2>&1 || true
  fi
  after_unmount
  [ $code -eq 0 ] || { [ -f "$STATE/hbalab.log" ] && tail -n 20 "$STATE/hbalab.log" >&2; }
  rm -rf --one-file-system "$WORK"
  exit $code
}
trap cleanup EXIT

fail() { echo "FAILED: $*" >&2; exit 1; }
# expect WHAT GOT WANTED
expect() { [ "$2" = "$3" ] || fail "$1: got '$2', wanted '$3'"; }
# expect_match WHAT GOT PATTERN (extended regular expression)
expect_match() { [[ $2 =~ $3 ]] || fail "$1: got '$2', wanted a match of '$3'"; }
# refuses COMMAND...: must fail; its standard error is printed.
refuses() {
  local err
  if err=$("$@" 2>&1 >/dev/null); then fail "should have failed: $*"; fi
  printf '%s\n' "$err"
}
mount_lab() { "$HBALAB" mount --lab "$LAB" --state "$STATE" "$@" "$MNT"; }
umount_lab() { "$HBALAB" umount "$MNT"; }
# class_dir CLASS ADAPTER: the instance directory of an adapter.
instance() { echo "$WMI/$1/$(tr -d '\n' <"$MNT/lab/adapters/${2:-hba0}/device_instance")_0"; }
json() { python3 -c 'import json,sys; v=json.load(sys.stdin)
for k in sys.argv[1:]: v = v[int(k)] if isinstance(v, list) else v[k]
print(v if not isinstance(v, (dict, list, bool)) else json.dumps(v))' "$@"; }
# until_true SECONDS COMMAND...: polls a condition of the running lab; the limit only decides failure.
until_true() {
  local limit=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $limit ] || fail "still not true: $*"
    read -rt 0.02 <> <(:) || :
  done
}
