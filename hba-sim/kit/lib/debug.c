/*
 * What a driver prints: formatted here, as Windows formats it, and handed to the lab, which knows
 * which driver it came from. Where no lab is, it goes to standard error.
 */
#include <unistd.h>

#include "format.h"
#include "wdm.h"

/* The lab's. */
extern void HbalabLog(const char* Text) __attribute((weak));

/* Of both port drivers' headers. */
VOID ScsiDebugPrint(ULONG DebugPrintLevel, PCCHAR DebugMessage, ...);
VOID StorPortDebugPrint(ULONG DebugPrintLevel, PCCHAR DebugMessage, ...);

static void print(const char* format, va_list arguments) {
  char text[1024];
  struct hbalab_output output = {text, sizeof text - 1, 0, 0};
  hbalab_format(&output, format, arguments);
  text[output.length < output.size ? output.length : output.size] = 0;
  if (HbalabLog != NULL) {
    HbalabLog(text);
  } else if (write(STDERR_FILENO, text, strlen(text)) < 0) {
    return; /* nobody to tell */
  }
}

ULONG DbgPrint(PCSTR Format, ...) {
  va_list arguments;
  va_start(arguments, Format);
  print(Format, arguments);
  va_end(arguments);
  return 0;
}
ULONG vDbgPrintEx(ULONG ComponentId, ULONG Level, PCCH Format, va_list Arguments) {
  UNREFERENCED_PARAMETER(ComponentId);
  UNREFERENCED_PARAMETER(Level);
  print(Format, Arguments);
  return 0;
}
ULONG DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...) {
  va_list arguments;
  UNREFERENCED_PARAMETER(ComponentId);
  UNREFERENCED_PARAMETER(Level);
  va_start(arguments, Format);
  print(Format, arguments);
  va_end(arguments);
  return 0;
}
VOID ScsiDebugPrint(ULONG DebugPrintLevel, PCCHAR DebugMessage, ...) {
  va_list arguments;
  UNREFERENCED_PARAMETER(DebugPrintLevel);
  va_start(arguments, DebugMessage);
  print(DebugMessage, arguments);
  va_end(arguments);
}
VOID StorPortDebugPrint(ULONG DebugPrintLevel, PCCHAR DebugMessage, ...) {
  va_list arguments;
  UNREFERENCED_PARAMETER(DebugPrintLevel);
  va_start(arguments, DebugMessage);
  print(DebugMessage, arguments);
  va_end(arguments);
}
VOID RtlAssert(PVOID FailedAssertion, PVOID FileName, ULONG LineNumber, PCSTR Message) {
  DbgPrintEx(DPFLTR_STORMINIPORT_ID, DPFLTR_ERROR_LEVEL, "assertion failed: %s%s%s, %s line %u\n",
             Message == NULL ? "" : Message, Message == NULL ? "" : ": ", FailedAssertion, FileName,
             LineNumber);
  __builtin_trap();
}
VOID DbgBreakPoint(VOID) { __builtin_trap(); }
