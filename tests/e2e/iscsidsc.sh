#!/usr/bin/env bash
# The programs of docs/iscsidsc.md are built as the document says, and do what they are meant to.
. "$(dirname "$0")/lib.sh"
library=$(find "$HBALAB_BUILD" -name 'libiscsidsc.so' | head -n 1)
[ -n "$library" ] || { echo "skipped: built without libiscsidsc"; exit 77; }
cmake --install "$HBALAB_BUILD" --prefix "$WORK/usr" >/dev/null
include=$WORK/usr/include/iscsidsc
lib=$(dirname "$(find "$WORK/usr" -name 'libiscsidsc.so')")
export HBALAB_DSC_STATE=$WORK/dsc LD_LIBRARY_PATH=$lib

# A program of its own meets a library with sanitizers: their runtime has to come first.
runtime=$(ldd "$lib/libiscsidsc.so" | awk '/lib(asan|tsan|ubsan)\.so/ { printf "%s ", $3 }')
program() { ASAN_OPTIONS=detect_leaks=0 LD_PRELOAD=$runtime "$@"; }

# block LANGUAGE: the first block of the document in that language.
block() { sed -n "/^\`\`\`$1\$/,/^\`\`\`\$/p" "$HBALAB_SOURCE/docs/iscsidsc.md" | sed '1d;$d'; }
block c >"$WORK/example.c"
block python >"$WORK/example.py"
gcc -std=c11 -Wall -Wextra -Werror "$WORK/example.c" -I "$include" -L "$lib" -liscsidsc -o "$WORK/example"

LAB= # the document speaks of the sample lab
"$HBALAB" mount --state "$STATE" "$MNT"
hba0=$(cat "$MNT/lab/adapters/hba0/device_instance")_0
expect "C" "$(program "$WORK/example")" "iqn.2026-01.org.example:disk through $hba0"
expect "what it removed" "$(cat "$(instance MSiSCSI_PersistentLogins)/PersistentLoginCount")" 0
expect "Python" "$(program python3 "$WORK/example.py" | head -n 1)" "$hba0"

# The header is C++ too, and with clang, where that is there.
echo '#include <iscsidsc.h>
int main() { ISCSI_VERSION_INFO info; return static_cast<int>(GetIScsiVersionInformation(&info)); }' >"$WORK/example.cpp"
for compiler in g++ clang++-19; do
  command -v $compiler >/dev/null || continue
  $compiler -Wall -Wextra -Werror -pedantic "$WORK/example.cpp" -I "$include" -L "$lib" -liscsidsc -o "$WORK/cpp"
  program "$WORK/cpp"
done
umount_lab
