#!/usr/bin/env bash
# Every command of the documentation runs: lines "$ ..." of README.md, docs/*.md and the man pages.
. "$(dirname "$0")/lib.sh"
LAB= # the documents speak of the sample lab
export PATH="$(dirname "$HBALAB"):$PATH"
count=0
# What is not in this build is not in its documents either.
has_dsc=$("$HBALAB" --help | grep -c '^  dsc ' || :)
left_out() { [ "$has_dsc" = 0 ] && case $1 in *dsc*) true ;; *) false ;; esac; }

# run_lines NAME: runs the lines of standard input in one shell, in a directory of its own with the
# sample lab mounted at build/mnt, as tools/run does.
run_lines() {
  local name=$1 place=$WORK/$1 lines
  lines=$(cat)
  [ -n "$lines" ] || return 0
  mkdir -p "$place/build"
  MNT=$place/build/mnt
  [[ $lines == *"hbalab mount"* ]] || hbalab mount --state "$place/state" "$MNT"
  (cd "$place" && HBALAB_TREE=$MNT HBALAB_DSC_STATE=$place/dsc timeout 120 bash -euo pipefail -c "$lines") >"$WORK/out.txt" 2>&1 ||
    { cat "$WORK/out.txt" >&2; fail "$name: a command failed"; }
  for mounted in "$MNT" "$place/mnt"; do
    if mountpoint -q "$mounted"; then hbalab umount "$mounted"; fi
  done
  count=$((count + $(wc -l <<<"$lines")))
}

for page in "$HBALAB_SOURCE"/README.md "$HBALAB_SOURCE"/docs/*.md; do
  left_out "$page" && continue
  run_lines "$(basename "$page")" < <(sed -n 's/^\$ //p' "$page")
done
mounting=$(sed -n 's/^\.Dl \$ //p' "$HBALAB_SOURCE"/docs/man/hbalab-mount.1 "$HBALAB_SOURCE"/docs/man/hbalab-umount.1)
run_lines man-mount <<<"$mounting"
for page in "$HBALAB_SOURCE"/docs/man/*.1; do
  case $page in *-mount.1 | *-umount.1) continue ;; esac
  left_out "$page" && continue
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

# What the program offers is documented: every option in the page of its subcommand, every file of an
# adapter in tree.md, every key of a lab file in lab-file.md.
documented_options() {
  local page=$HBALAB_SOURCE/docs/man/$1.1 option
  shift
  for option in $("$HBALAB" "$@" --help | sed -n 's/^  -\(-*[A-Za-z-]*\).*/\1/p'); do
    [ "$option" = h ] || [ "$option" = -version ] || grep -q "Fl $option\b" "$page" ||
      fail "$page does not mention -$option of hbalab $*"
  done
}
documented_options hbalab
for command in mount umount list get set call watch trace explain tour conform; do
  documented_options "hbalab-$command" "$command"
done
[ "$has_dsc" = 0 ] || documented_options hbalab-dsc dsc
for command in show layout encode decode check header; do documented_options hbalab-schema schema "$command"; done
for command in add remove list; do documented_options hbalab-adapter adapter "$command"; done
MNT=$WORK/mnt
hbalab mount --state "$WORK/state" "$MNT"
for file in $(cd "$MNT/lab/adapters/hba0" && find . -type f -printf '%f\n'); do
  grep -qE "[\`/{,]$file[\`},]" "$HBALAB_SOURCE/docs/tree.md" || fail "tree.md does not mention $file of an adapter"
done
hbalab umount "$MNT"
python3 - "$HBALAB_SOURCE" <<'PY'
import json, re, sys
schema = json.load(open(sys.argv[1] + "/schemas/lab.schema.json"))
text = open(sys.argv[1] + "/docs/lab-file.md").read()
words = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`\n]*)`", text))))
for name, part in [("lab", schema), *schema["$defs"].items()]:
    for key in part["properties"]:
        assert key == "$schema" or key in words, f"lab-file.md does not mention {key} of {name}"
for value in schema["$defs"]["target"]["properties"]["login_refusal"]["enum"]:
    assert value in words, f"lab-file.md does not mention the refusal {value}"
PY
