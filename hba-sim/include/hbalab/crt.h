/*
 * The C library as drivers know it: characters of 16 bits, Windows' formats, and the names that
 * only Microsoft's library has. What is declared here is in the kit's library, which is linked into
 * the driver; the standard wide-string functions are there too, in place of libc's.
 */
#ifndef HBALAB_CRT_H
#define HBALAB_CRT_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "types.h"

HBALAB_EXTERN_C_BEGIN

typedef int errno_t;
typedef size_t rsize_t;

#define _countof(array) (sizeof(array) / sizeof((array)[0]))

/* Formats are Windows': %I64x, %ws, %wZ, %S; %lu has 32 bits. Negative when it does not fit. */
int _snprintf(char* Buffer, size_t Count, const char* Format, ...);
int _vsnprintf(char* Buffer, size_t Count, const char* Format, va_list Arguments);
int _snwprintf(wchar_t* Buffer, size_t Count, const wchar_t* Format, ...);
int _vsnwprintf(wchar_t* Buffer, size_t Count, const wchar_t* Format, va_list Arguments);
int sprintf_s(char* Buffer, size_t Size, const char* Format, ...);
int swprintf_s(wchar_t* Buffer, size_t Size, const wchar_t* Format, ...);
/* swprintf without a size, as drivers were used to; and with one, as in C99. */
int _swprintf(wchar_t* Buffer, const wchar_t* Format, ...);
int HbalabSwprintf(wchar_t* Buffer, size_t Size, const wchar_t* Format, ...);
int _vscprintf(const char* Format, va_list Arguments);
int _scprintf(const char* Format, ...);

int _stricmp(const char* One, const char* Other);
int _strnicmp(const char* One, const char* Other, size_t Count);
char* _strlwr(char* Text);
char* _strupr(char* Text);
int _wcsicmp(const wchar_t* One, const wchar_t* Other);
int _wcsnicmp(const wchar_t* One, const wchar_t* Other, size_t Count);
wchar_t* _wcslwr(wchar_t* Text);
wchar_t* _wcsupr(wchar_t* Text);
char* _itoa(int Value, char* Buffer, int Radix);
char* _ultoa(ULONG Value, char* Buffer, int Radix);
char* _i64toa(LONGLONG Value, char* Buffer, int Radix);
char* _ui64toa(ULONGLONG Value, char* Buffer, int Radix);
wchar_t* _itow(int Value, wchar_t* Buffer, int Radix);
int _wtoi(const wchar_t* Text);
LONG _wtol(const wchar_t* Text);
LONGLONG _atoi64(const char* Text);
#define _ltoa _itoa
#define _ltow _itow
#define stricmp _stricmp
#define strnicmp _strnicmp
#define wcsicmp _wcsicmp
#define wcsnicmp _wcsnicmp

/* 0, or what is wrong: EINVAL (22), ERANGE (34). Nothing is written past Size. */
errno_t memcpy_s(void* To, rsize_t Size, const void* From, rsize_t Count);
errno_t memmove_s(void* To, rsize_t Size, const void* From, rsize_t Count);
errno_t strcpy_s(char* To, rsize_t Size, const char* From);
errno_t strcat_s(char* To, rsize_t Size, const char* From);
errno_t strncpy_s(char* To, rsize_t Size, const char* From, rsize_t Count);
errno_t wcscpy_s(wchar_t* To, rsize_t Size, const wchar_t* From);
errno_t wcscat_s(wchar_t* To, rsize_t Size, const wchar_t* From);
errno_t wcsncpy_s(wchar_t* To, rsize_t Size, const wchar_t* From, rsize_t Count);
#define _TRUNCATE ((size_t)-1)

HBALAB_EXTERN_C_END

#ifdef __cplusplus
#undef swprintf
template <typename... Arguments>
int HbalabSwprintfOf(wchar_t* Buffer, const wchar_t* Format, Arguments... Rest) {
  return _swprintf(Buffer, Format, Rest...);
}
template <typename Size, typename... Arguments>
int HbalabSwprintfOf(wchar_t* Buffer, Size Count, const wchar_t* Format, Arguments... Rest) {
  return HbalabSwprintf(Buffer, static_cast<size_t>(Count), Format, Rest...);
}
#define swprintf HbalabSwprintfOf
#else
/* By the type of what stands behind the buffer. */
#define HBALAB_FIRST(first, ...) first
#define swprintf(buffer, ...)              \
  _Generic((HBALAB_FIRST(__VA_ARGS__, 0)), \
      wchar_t *: _swprintf,                \
      const wchar_t*: _swprintf,           \
      default: HbalabSwprintf)(buffer, __VA_ARGS__)
#endif

#endif
