#!/usr/bin/env bash
# The program of docs/vds.md builds against what is installed, and does what the document says.
. "$HBALAB_SOURCE/tests/e2e/lib.sh"
LAB= # the document speaks of the sample lab
cmake --install "$HBALAB_BUILD" --prefix "$WORK/usr" >/dev/null
library=$(dirname "$(find "$WORK/usr" -name 'libhbalab-vds.so')")
sed -n '/^```cpp$/,/^```$/p' "$HBALAB_SOURCE/docs/vds.md" | sed '1d;$d' >"$WORK/program.cpp"
[ -s "$WORK/program.cpp" ] || fail "docs/vds.md has no program"
# A library with sanitizers needs a program with them.
sanitize=${HBALAB_SANITIZE:+-fsanitize=$HBALAB_SANITIZE}
${CXX:-c++} -std=c++11 $sanitize -Wall -Wextra -Wpedantic -Werror "$WORK/program.cpp" -o "$WORK/program" \
  -I"$WORK/usr/include/hbalab-vds" -L"$library" -lhbalab-vds
run() { LD_LIBRARY_PATH=$library "$WORK/program" "$@"; }

expect_match "without a tree" "$(run iqn.2026-01.org.example:disk 192.0.2.10 || true)" '^no adapters: 0xEFFF003E$'
"$HBALAB" mount --state "$STATE" "$MNT"
expect "the documented run" "$(run iqn.2026-01.org.example:disk 192.0.2.10)" $'login: 0x00000000\nlogout: 0x00000000'
expect "sessions left" "$(cat "$(instance MSiSCSI_InitiatorSessionInfo)/SessionCount")" 0
expect "logins left" "$(cat "$(instance MSiSCSI_PersistentLogins)/PersistentLoginCount")" 0
# A refused login: VDS_E_ISCSI_LOGIN_FAILED, and nothing to log out of.
expect "a login without its secret" "$(run iqn.2026-01.org.example:secure 192.0.2.30 || true)" \
  $'login: 0x80042708\nlogout: 0x8004270A'

# A program may end while an operation goes on.
cat >"$WORK/hasty.cpp" <<'CPP'
#include "vds.h"
int main() {
  IVdsServiceIscsi* service = nullptr;
  IEnumVdsObject* adapters = nullptr;
  IUnknown* object = nullptr;
  void* adapter = nullptr;
  IVdsAsync* operation = nullptr;
  VDS_OBJECT_ID target;
  if (HbalabVdsGetTargetId(u"iqn.2026-01.org.example:disk", &target) != S_OK ||
      HbalabVdsGetService(&service) != S_OK || service->QueryInitiatorAdapters(&adapters) != S_OK ||
      adapters->Next(1, &object, nullptr) != S_OK ||
      object->QueryInterface(IID_IVdsIscsiInitiatorAdapter, &adapter) != S_OK)
    return 1;
  object->Release();
  adapters->Release();
  service->Release();
  auto* const hba = static_cast<IVdsIscsiInitiatorAdapter*>(adapter);
  if (hba->LogoutFromTarget(target, &operation) != S_OK) return 1;
  hba->Release();
  operation->Release();
  return 0;
}
CPP
${CXX:-c++} -std=c++11 $sanitize "$WORK/hasty.cpp" -o "$WORK/hasty" \
  -I"$WORK/usr/include/hbalab-vds" -L"$library" -lhbalab-vds
for _ in $(seq 20); do LD_LIBRARY_PATH=$library "$WORK/hasty" || fail "a hasty program ended with $?"; done

# The library exports what its headers declare, and nothing else.
exported=$(nm -D --defined-only "$library/libhbalab-vds.so" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort)
listed=$(sed -n 's/^    \([A-Za-z_]*\);$/\1/p' "$HBALAB_SOURCE/vds/libhbalab-vds.map" | sort)
expect "exports" "$exported" "$listed"
for name in $listed; do
  grep -qw "$name" "$HBALAB_SOURCE"/vds/include/*.h || fail "$name is in no header"
done
# The C header stands alone, too, with either WCHAR.
printf '#include "vds.h"\n#include "vdserr.h"\nint main(void) { return VDS_E_CANCEL_TOO_LATE == 0; }\n' >"$WORK/one.c"
for option in -fshort-wchar -fno-short-wchar; do
  ${CC:-cc} -std=c11 $option -Wall -Wextra -Wpedantic -Werror -I"$WORK/usr/include/hbalab-vds" -c "$WORK/one.c" -o "$WORK/one.o"
done
