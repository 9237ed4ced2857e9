#!/usr/bin/env bash
# cmake --install puts everything where a distribution expects it, and the installed program works.
. "$(dirname "$0")/lib.sh"
cmake --install "$HBALAB_BUILD" --prefix "$WORK/usr" >/dev/null
for file in bin/hbalab libexec/hbalab/hbalab-driver-host share/man/man1/hbalab.1 share/man/man1/hbalab-mount.1 \
  share/bash-completion/completions/hbalab share/hbalab/scenarios/any-port.json share/doc/hbalab/tree.md share/doc/hbalab/README.md \
  include/iscsidsc/iscsidsc.h include/iscsidsc/iscsierr.h; do
  [ -s "$WORK/usr/$file" ] || fail "$file was not installed"
done
expect_match "version" "$("$WORK/usr/bin/hbalab" --version)" '^hbalab [0-9]'
expect_match "works without a mount" "$("$WORK/usr/bin/hbalab" explain ISDSC_TARGET_NOT_FOUND)" 0xEFFF0029
samples=$WORK/usr/share/hbalab/samples
expect "sample drivers" "$(ls "$samples" | tr '\n' ' ')" 'README.md dynamic pending scsiport storport wrong '
(cd "$WORK" && usr/bin/hbalab schema header -o wmidata.h "$samples/pending/driver.mof" &&
  usr/bin/hbalab-cc -I . -o pending.so "$samples/pending/driver.c") || fail "an installed sample is not compiled by what was installed"
"$WORK/usr/bin/hbalab" mount --isolate --miniport "$WORK/pending.so" --mof "$samples/pending/driver.mof" --state "$STATE" "$MNT"
expect "isolated by what was installed" "$(cat "$MNT/lab/adapters/pending/state")" running
"$WORK/usr/bin/hbalab" umount "$MNT"
bash -n "$WORK/usr/share/bash-completion/completions/hbalab"
code=0
HBALAB_TREE= "$WORK/usr/bin/hbalab" --tree "$WORK" list 2>/dev/null || code=$?
expect "exit code without a tree" $code 4
