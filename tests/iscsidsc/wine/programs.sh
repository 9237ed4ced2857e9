#!/usr/bin/env bash
# Windows programs in C against the installed module: one that knows nothing of the lab, and the one
# of docs/iscsidsc.md with the commands that stand there.
LAB= # they speak of the sample lab
. "$HBALAB_SOURCE/tests/e2e/lib.sh"
. "$HBALAB_SOURCE/tests/iscsidsc/wine/lib.sh"
after_unmount() { stop_wine; }
cmake --install "$HBALAB_BUILD" --prefix "$WORK/usr" >/dev/null
modules=$(dirname "$(dirname "$(find "$WORK/usr" -name iscsidsc.dll)")")
export HBALAB_DSC_STATE=$WORK/dsc
program() {
  WINEDLLPATH=$modules WINEPATH=Z:$modules/x86_64-windows wine "${PROGRAM:-$HBALAB_BUILD/bin/dsc_program.exe}" "$@"
}

expect "without a tree" "$(program unmounted | tr -d '\r')" "unmounted: all well"
# The Linux half is none: said, and the program does not start.
mkdir -p "$WORK/half/x86_64-unix"
cp -r "$modules/x86_64-windows" "$WORK/half"
: >"$WORK/half/x86_64-unix/iscsidsc.so"
expect_match "half a module" "$(modules=$WORK/half refuses program unmounted)" 'iscsidsc.so.*cannot be loaded'

# Another iscsidsc.dll beside the program: it is not taken.
mkdir "$WORK/beside"
cp "$HBALAB_BUILD/bin/dsc_program.exe" "$WORK/beside"
sed 's/Wine builtin DLL/Wine foreign DLL/' "$modules/x86_64-windows/iscsidsc.dll" >"$WORK/beside/iscsidsc.dll"
cmp -s "$modules/x86_64-windows/iscsidsc.dll" "$WORK/beside/iscsidsc.dll" && fail "the module has no mark of Wine's"
expect "another beside it" "$(PROGRAM=$WORK/beside/dsc_program.exe program unmounted | tr -d '\r')" "unmounted: all well"

"$HBALAB" mount --state "$STATE" "$MNT"
expect "with a tree" "$(program mounted | tr -d '\r')" "mounted: all well"
expect "sessions left" "$(cat "$(instance MSiSCSI_InitiatorSessionInfo)/SessionCount")" 0

# section HEADING LANGUAGE: the first block of the document in that language behind that heading.
section() {
  sed -n "/^## $1\$/,\$p" "$HBALAB_SOURCE/docs/iscsidsc.md" | sed -n "/^\`\`\`$2\$/,/^\`\`\`\$/p" | sed '/^```$/q' | sed '1d;$d'
}
rm -rf "$WORK/dsc"
cd "$WORK"
section "From C" c >example.c
section "Windows programs" sh | sed "s|/usr/local/lib/hbalab/wine|$modules|; s|/usr/local|$WORK/usr|" >commands.sh
expect_match "the documented commands" "$(cat commands.sh)" 'wine example.exe'
expect "the documented program" "$(bash -e commands.sh | tr -d '\r')" \
  "iqn.2026-01.org.example:disk through $(cat "$MNT/lab/adapters/hba0/device_instance")_0"
umount_lab
