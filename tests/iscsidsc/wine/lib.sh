# What the tests under Wine share: skip without Wine; a prefix of the test's own, and an end of
# everything that runs in it. Sourced with HBALAB_BUILD and, behind tests/e2e/lib.sh, WORK.
command -v wine >/dev/null || { echo "skipped: no wine (Debian: wine)"; exit 77; }
modules=$HBALAB_BUILD/wine
[ -f "$modules/x86_64-windows/iscsidsc.dll" ] || { echo "skipped: built without HBALAB_WINE"; exit 77; }

export WINEPREFIX=$WORK/prefix WINEDEBUG=-all
unset DISPLAY WAYLAND_DISPLAY
# Wine copies all its modules into a prefix, which takes many seconds and 700 MB. Console programs
# need no registry, and links do as well.
if [ -f "$HBALAB_WINE_MODULES/kernel32.dll" ]; then
  mkdir -p "$WINEPREFIX/drive_c/windows"
  cp -rs "$HBALAB_WINE_MODULES" "$WINEPREFIX/drive_c/windows/system32"
  echo disable >"$WINEPREFIX/.update-timestamp"
else
  WINEDLLOVERRIDES='mscoree,mshtml=' wineboot --init
fi
stop_wine() { wineserver -k || true; wineserver -w; }
# Whether a program of Wine's own runs here is not what is tested.
wine cmd.exe /c ver >"$WORK/ver" 2>&1 || {
  echo "skipped: wine does not run here: $(tail -n 3 "$WORK/ver")"
  stop_wine
  exit 77
}
