/*
 * iscsidsc.dll for Wine: the half that Windows programs load. Each function of the API carries its
 * arguments over to linux.c. Threads of Windows programs run there on a stack of Wine's, which is
 * aligned and large enough for Linux code, with that system's calling convention.
 */
#include "iscsidsc.h"

#include <stddef.h>

#include "iscsidsc/wine_calls.inc"

/* Both halves and the Linux library have the same structures. */
#define HBALAB_DSC_CHECK(condition) _Static_assert(condition, #condition);
#define HBALAB_DSC_ALIGNOF(type) _Alignof(type)
#define HBALAB_DSC_SIZEOF(type, member) sizeof(((type*)0)->member)
#include "iscsidsc/layout_checks.inc"

/* libwinecrt0, which has no header. */
extern UINT64 __wine_unixlib_handle;
extern LONG(WINAPI* __wine_unix_call_dispatcher)(UINT64 library, unsigned code, void* arguments);
extern LONG WINAPI __wine_init_unix_call(void);

/*
 * What fails here is no status of the API: Linux code met a pointer that leads nowhere. The program
 * sees the exception that it would have seen in Windows' library.
 */
static void cross(unsigned code, void* arguments) {
  const LONG failure = __wine_unix_call_dispatcher(__wine_unixlib_handle, code, arguments);
  if (failure != 0) RaiseException((DWORD)failure, EXCEPTION_NONCONTINUABLE, 0, NULL);
}

#include "iscsidsc/wine_windows.inc"

BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, LPVOID reserved) {
  static const char complaint[] =
      "iscsidsc.dll: x86_64-unix/iscsidsc.so of WINEDLLPATH, or libiscsidsc.so.1, which it needs, "
      "cannot be loaded\n";
  DWORD written = 0;
  (void)reserved;
  if (reason != DLL_PROCESS_ATTACH) return TRUE;
  DisableThreadLibraryCalls(module);
  if (__wine_init_unix_call() == 0) return TRUE;
  WriteFile(GetStdHandle(STD_ERROR_HANDLE), complaint, sizeof complaint - 1, &written, NULL);
  return FALSE;
}
