/*
 * A Windows program in C that imports iscsidsc.dll by name, through mingw-w64's import library.
 *   program.exe mounted      the sample lab
 *   program.exe unmounted    no lab
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iscsidsc.h"

static LONG failures;
#define CHECK(condition)                                            \
  do {                                                              \
    if (!(condition)) {                                             \
      InterlockedIncrement(&failures);                              \
      printf("program.c:%d: not true: %s\n", __LINE__, #condition); \
    }                                                               \
  } while (0)

static WCHAR target[] = L"iqn.2026-01.org.example:disk";

static void exports_are_found(void) {
  static const char* const names[] = {
#define HBALAB_DSC_FUNCTION(name) #name,
#include "iscsidsc/api_table.inc"
#undef HBALAB_DSC_FUNCTION
  };
  const HMODULE module = LoadLibraryW(L"iscsidsc.dll");
  CHECK(module != NULL);
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
    if (GetProcAddress(module, names[i]) == NULL) {
      ++failures;
      printf("iscsidsc.dll does not export %s\n", names[i]);
    }
  }
  CHECK(sizeof names / sizeof *names == 79);
  CHECK(GetProcAddress(module, "DllMain") == NULL);
  /* The program has it, too: it stays. */
  CHECK(FreeLibrary(module));
  CHECK(GetModuleHandleW(L"iscsidsc.dll") == module);
}

static void both_letters_say_the_same(void) {
  ULONG wide_size = 0, narrow_size = 0;
  CHECK(ReportIScsiInitiatorListW(&wide_size, NULL) == ERROR_INSUFFICIENT_BUFFER);
  CHECK(ReportIScsiInitiatorListA(&narrow_size, NULL) == ERROR_INSUFFICIENT_BUFFER);
  CHECK(wide_size == narrow_size);
  WCHAR* const wide = calloc(wide_size, sizeof *wide);
  char* const narrow = calloc(narrow_size, 1);
  CHECK(ReportIScsiInitiatorListW(&wide_size, wide) == ERROR_SUCCESS);
  CHECK(ReportIScsiInitiatorListA(&narrow_size, narrow) == ERROR_SUCCESS);
  for (ULONG i = 0; i < wide_size; ++i) CHECK(wide[i] == (unsigned char)narrow[i]);
  free(wide);
  free(narrow);
}

static void sizes_are_asked_for(void) {
  ULONG size = 0, needed = 0, count = 0;
  CHECK(GetIScsiSessionListW(&size, &count, NULL) == ERROR_INSUFFICIENT_BUFFER);
  needed = size;
  CHECK(count == 1 && needed > sizeof(ISCSI_SESSION_INFOW));
  unsigned char* const memory = malloc(needed + 1000);
  memset(memory, 0xA5, needed + 1000);
  for (ULONG offered = 0; offered < 2; ++offered) {
    size = offered;
    CHECK(GetIScsiSessionListW(&size, &count, (PISCSI_SESSION_INFOW)memory) ==
          ERROR_INSUFFICIENT_BUFFER);
    CHECK(size == needed && memory[0] == 0xA5);
  }
  size = needed + 1000;
  CHECK(GetIScsiSessionListW(&size, &count, (PISCSI_SESSION_INFOW)memory) == ERROR_SUCCESS);
  CHECK(size == needed && memory[needed] == 0xA5);
  CHECK(wcscmp(((PISCSI_SESSION_INFOW)memory)->TargetName, target) == 0);
  free(memory);
}

static void last_error_stays(void) {
  ISCSI_VERSION_INFO version;
  SetLastError(4711);
  CHECK(GetIScsiVersionInformation(&version) == ERROR_SUCCESS);
  CHECK(GetIScsiVersionInformation(NULL) == ERROR_INVALID_PARAMETER);
  CHECK(GetLastError() == 4711);
}

#define THREADS 8
#define ROUNDS 6

/* Fills a list that all threads share, and asks for everything meanwhile. */
static DWORD WINAPI worker(void* argument) {
  const int number = (int)(INT_PTR)argument;
  for (int round = 0; round < ROUNDS; ++round) {
    WCHAR name[64];
    ULONG size = 0, count = 0;
    _snwprintf(name, 64, L"iqn.2026-01.org.example:thread-%d-%d", number, round);
    CHECK(AddIScsiStaticTargetW(name, NULL, 0, TRUE, NULL, NULL, NULL) == ERROR_SUCCESS);
    CHECK(GetIScsiSessionListW(&size, &count, NULL) == ERROR_INSUFFICIENT_BUFFER);
    /* Linux threads of the library are at work here. */
    CHECK(ReportIScsiTargetsW(TRUE, &size, NULL) == ERROR_INSUFFICIENT_BUFFER);
    if (round % 2 == 1) CHECK(RemoveIScsiStaticTargetW(name) == ERROR_SUCCESS);
  }
  return 0;
}

/* Small stacks: what Linux code needs does not come out of them. */
static void threads_run(void) {
  HANDLE threads[THREADS];
  for (INT_PTR i = 0; i < THREADS; ++i) {
    threads[i] =
        CreateThread(NULL, 0x10000, worker, (void*)i, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    CHECK(threads[i] != NULL);
  }
  CHECK(WaitForMultipleObjects(THREADS, threads, TRUE, INFINITE) == WAIT_OBJECT_0);
  for (int i = 0; i < THREADS; ++i) CloseHandle(threads[i]);
  ULONG size = 0;
  CHECK(ReportIScsiTargetsA(FALSE, &size, NULL) == ERROR_INSUFFICIENT_BUFFER);
  char* const list = malloc(size);
  CHECK(ReportIScsiTargetsA(FALSE, &size, list) == ERROR_SUCCESS);
  int made = 0;
  for (const char* name = list; *name != '\0'; name += strlen(name) + 1) {
    if (strstr(name, ":thread-") != NULL) ++made;
  }
  CHECK(made == THREADS * ROUNDS / 2);
  free(list);
}

static LONG raised;

static LONG WINAPI handler(EXCEPTION_POINTERS* exception) {
  raised = (LONG)exception->ExceptionRecord->ExceptionCode;
  ExitThread(0);
}

static DWORD WINAPI astray(void* nowhere) {
  GetIScsiVersionInformation(nowhere);
  return 0;
}

/* As in Windows: the exception is the program's to handle. */
static void bad_pointers_raise_exceptions(void) {
  void* const previous = AddVectoredExceptionHandler(1, handler);
  const HANDLE thread = CreateThread(NULL, 0, astray, (void*)16, 0, NULL);
  CHECK(WaitForSingleObject(thread, INFINITE) == WAIT_OBJECT_0);
  CloseHandle(thread);
  RemoveVectoredExceptionHandler(previous);
  CHECK(raised == (LONG)EXCEPTION_ACCESS_VIOLATION);
  ISCSI_VERSION_INFO version;
  CHECK(GetIScsiVersionInformation(&version) == ERROR_SUCCESS);
}

static void mounted(void) {
  ISCSI_TARGET_PORTALW portal = {L"", L"192.0.2.10", 3260};
  ISCSI_UNIQUE_SESSION_ID session = {0, 0};
  ISCSI_UNIQUE_CONNECTION_ID connection = {0, 0};
  both_letters_say_the_same();
  CHECK(AddIScsiSendTargetPortalW(NULL, ISCSI_ALL_INITIATOR_PORTS, NULL, 0, &portal) ==
        ERROR_SUCCESS);
  CHECK(LoginIScsiTargetW(target, FALSE, NULL, ISCSI_ANY_INITIATOR_PORT, &portal, 0, NULL, NULL, 0,
                          NULL, FALSE, &session, &connection) == ERROR_SUCCESS);
  CHECK(session.AdapterSpecific != 0 && connection.AdapterSpecific != 0);
  sizes_are_asked_for();
  threads_run();
  bad_pointers_raise_exceptions();
  CHECK(LogoutIScsiTarget(&session) == ERROR_SUCCESS);
  CHECK(LogoutIScsiTarget(&session) == ISDSC_INVALID_SESSION_ID);
}

static void unmounted(void) {
  ULONG size = 0, count = 0;
  CHECK(ReportIScsiInitiatorListW(&size, NULL) == ISDSC_SERVICE_NOT_RUNNING);
  CHECK(GetIScsiSessionListA(&size, &count, NULL) == ISDSC_SERVICE_NOT_RUNNING);
}

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  exports_are_found();
  last_error_stays();
  if (strcmp(argv[1], "mounted") == 0) mounted();
  if (strcmp(argv[1], "unmounted") == 0) unmounted();
  if (failures == 0) printf("%s: all well\n", argv[1]);
  return failures == 0 ? 0 : 1;
}
