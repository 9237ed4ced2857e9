/* The printing functions of the C library and of ntstrsafe.h's kind, on Windows' formats. */
#include <limits.h>

#include "format.h"
#include "ntdef.h"

#undef swprintf

static int finish(const struct hbalab_output* output, int full) {
  if (output->length < output->size) {
    if (output->wide) {
      ((WCHAR*)output->buffer)[output->length] = 0;
    } else {
      ((char*)output->buffer)[output->length] = 0;
    }
    return (int)output->length;
  }
  return full;
}

/* What does not fit is cut, with a NUL where terminate says so. */
static int print(void* buffer, size_t size, int wide, int terminate, const void* format,
                 va_list arguments) {
  struct hbalab_output output = {buffer, size, 0, wide};
  hbalab_format(&output, format, arguments);
  if (terminate && output.length >= size && size != 0) {
    if (wide) {
      ((WCHAR*)buffer)[size - 1] = 0;
    } else {
      ((char*)buffer)[size - 1] = 0;
    }
  }
  if (output.length == size && !terminate) return (int)size; /* fits without its NUL */
  return finish(&output, -1);
}

#define PRINT(buffer, size, wide, terminate)                        \
  int result;                                                       \
  va_list arguments;                                                \
  va_start(arguments, Format);                                      \
  result = print(buffer, size, wide, terminate, Format, arguments); \
  va_end(arguments);                                                \
  return result

int _vsnprintf(char* Buffer, size_t Count, const char* Format, va_list Arguments) {
  return print(Buffer, Count, 0, 0, Format, Arguments);
}
int _snprintf(char* Buffer, size_t Count, const char* Format, ...) { PRINT(Buffer, Count, 0, 0); }
int _vsnwprintf(wchar_t* Buffer, size_t Count, const wchar_t* Format, va_list Arguments) {
  return print(Buffer, Count, 1, 0, Format, Arguments);
}
int _snwprintf(wchar_t* Buffer, size_t Count, const wchar_t* Format, ...) {
  PRINT(Buffer, Count, 1, 0);
}
int sprintf_s(char* Buffer, size_t Size, const char* Format, ...) { PRINT(Buffer, Size, 0, 1); }
int swprintf_s(wchar_t* Buffer, size_t Size, const wchar_t* Format, ...) {
  PRINT(Buffer, Size, 1, 1);
}
int _swprintf(wchar_t* Buffer, const wchar_t* Format, ...) { PRINT(Buffer, INT_MAX, 1, 1); }
int HbalabSwprintf(wchar_t* Buffer, size_t Size, const wchar_t* Format, ...) {
  PRINT(Buffer, Size, 1, 1);
}
int vswprintf(wchar_t* Buffer, size_t Size, const wchar_t* Format, va_list Arguments) {
  return print(Buffer, Size, 1, 1, Format, Arguments);
}
int _vscprintf(const char* Format, va_list Arguments) {
  struct hbalab_output output = {NULL, 0, 0, 0};
  hbalab_format(&output, Format, Arguments);
  return (int)output.length;
}
int _scprintf(const char* Format, ...) {
  int result;
  va_list arguments;
  va_start(arguments, Format);
  result = _vscprintf(Format, arguments);
  va_end(arguments);
  return result;
}

/* The standard ones count what would be written. */
int vsnprintf(char* Buffer, size_t Size, const char* Format, va_list Arguments) {
  struct hbalab_output output = {Buffer, Size, 0, 0};
  hbalab_format(&output, Format, Arguments);
  if (output.length >= Size && Size != 0) Buffer[Size - 1] = 0;
  return finish(&output, (int)output.length);
}
int vsprintf(char* Buffer, const char* Format, va_list Arguments) {
  return vsnprintf(Buffer, INT_MAX, Format, Arguments);
}
int snprintf(char* Buffer, size_t Size, const char* Format, ...) {
  int result;
  va_list arguments;
  va_start(arguments, Format);
  result = vsnprintf(Buffer, Size, Format, arguments);
  va_end(arguments);
  return result;
}
int sprintf(char* Buffer, const char* Format, ...) {
  int result;
  va_list arguments;
  va_start(arguments, Format);
  result = vsnprintf(Buffer, INT_MAX, Format, arguments);
  va_end(arguments);
  return result;
}
