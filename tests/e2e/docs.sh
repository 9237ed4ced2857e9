#!/usr/bin/env bash
# Every command of the documentation runs: lines "$ ..." of README.md, docs/*.md and the man pages.
. "$(dirname "$0")/lib.sh"
LAB= # the documents speak of the sample lab
export PATH="$(dirname "$HBALAB"):$PATH"
count=0

# run_lines NAME: runs the lines of standard input in one shell, in a directory of its own with the
# sample lab mounted at build/mnt, as tools/run does.
run_lines() {
  local name=$1 place=$WORK/$1 lines
  lines=$(cat)
  [ -n "$lines" ] || return 0
  mkdir -p "$place/build"
  MNT=$place/build/mnt
  [[ $lines == *"hbalab mount"* ]] || hbalab mount --state "$place/state" "$MNT"
  (cd "$place" && HBALAB_TREE=$MNT timeout 120 bash -euo pipefail -c "$lines") >"$WORK/out.txt" 2>&1 ||
    { cat "$WORK/out.txt" >&2; fail "$name: a command failed"; }
  for mounted in "$MNT" "$place/mnt"; do
    if mountpoint -q "$mounted"; then hbalab umount "$mounted"; fi
  done
  count=$((count + $(wc -l <<<"$lines")))
}

for page in "$HBALAB_SOURCE"/README.md "$HBALAB_SOURCE"/docs/*.md; do
  run_lines "$(basename "$page")" < <(sed -n 's/^\$ //p' "$page")
done
mounting=$(sed -n 's/^\.Dl \$ //p' "$HBALAB_SOURCE"/docs/man/hbalab-mount.1 "$HBALAB_SOURCE"/docs/man/hbalab-umount.1)
run_lines man-mount <<<"$mounting"
for page in "$HBALAB_SOURCE"/docs/man/*.1; do
  case $page in *-mount.1 | *-umount.1) continue ;; esac
  run_lines "$(basename "$page")" < <(sed -n 's/^\.Dl \$ //p' "$page")
done
[ $count -ge 20 ] || fail "only $count commands found in the documentation"

# The pages are well-formed, there is one for each subcommand, and each subcommand says what it does.
if command -v mandoc >/dev/null; then
  for page in "$HBALAB_SOURCE"/docs/man/*.1; do
    problems=$(mandoc -T lint -W warning "$page") || fail "$page: $problems"
  done
fi
for command in $("$HBALAB" --help | sed -n '/^Subcommands:/,$s/^  \([a-z]*\) .*/\1/p'); do
  [ -f "$HBALAB_SOURCE/docs/man/hbalab-$command.1" ] || fail "no man page for hbalab $command"
done
