// DbgPrint and its like, for drivers that are built without the kit's library: text for the log of
// the adapter, formatted by the kit's code.
#include <algorithm>
#include <array>
#include <cstdarg>
#include <string_view>

#include "hba-sim/include/ntdef.h"
#include "hba-sim/kit/lib/format.h"
#include "hba-sim/port/services_port.hpp"

namespace hbalab::port {
namespace {

void print(const char* format, std::va_list arguments) {
  if (format == nullptr) return;
  std::array<char, 4096> text;
  hbalab_output output{text.data(), text.size(), 0, 0};
  hbalab_format(&output, format, arguments);
  log_line(std::string_view(text.data(), std::min(output.length, text.size())));
}

}  // namespace
}  // namespace hbalab::port

#define HBALAB_PRINT(last)                \
  std::va_list arguments;                 \
  va_start(arguments, last);              \
  hbalab::port::print(Format, arguments); \
  va_end(arguments)

extern "C" {

ULONG DbgPrint(const char* Format, ...) {
  HBALAB_PRINT(Format);
  return 0;
}

ULONG DbgPrintEx(ULONG, ULONG, const char* Format, ...) {
  HBALAB_PRINT(Format);
  return 0;
}

VOID StorPortDebugPrint(ULONG DebugPrintLevel, PCHAR Format, ...);
VOID StorPortDebugPrint(ULONG, PCHAR Format, ...) { HBALAB_PRINT(Format); }

VOID ScsiDebugPrint(ULONG DebugPrintLevel, PCHAR Format, ...);
VOID ScsiDebugPrint(ULONG, PCHAR Format, ...) { HBALAB_PRINT(Format); }

}  // extern "C"
