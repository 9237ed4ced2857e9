/* The standard wide-string functions for characters of 16 bits; glibc's have 32. */
#include <limits.h>

#include "ntdef.h"

/* What the loops below are must not become calls of the functions themselves. */
#define ITSELF __attribute((optimize("no-tree-loop-distribute-patterns")))
#ifdef __clang__
#undef ITSELF
#define ITSELF
#endif

static wchar_t* plain(const wchar_t* text) { return (wchar_t*)(size_t)text; }

ITSELF size_t wcslen(const wchar_t* text) {
  size_t length = 0;
  while (text[length] != 0) ++length;
  return length;
}
ITSELF size_t wcsnlen(const wchar_t* text, size_t limit) {
  size_t length = 0;
  while (length < limit && text[length] != 0) ++length;
  return length;
}
wchar_t* wmemcpy(wchar_t* to, const wchar_t* from, size_t count) {
  return (wchar_t*)memcpy(to, from, count * sizeof(wchar_t));
}
wchar_t* wmemmove(wchar_t* to, const wchar_t* from, size_t count) {
  return (wchar_t*)memmove(to, from, count * sizeof(wchar_t));
}
wchar_t* wmemset(wchar_t* to, wchar_t value, size_t count) {
  size_t index;
  for (index = 0; index < count; ++index) to[index] = value;
  return to;
}
int wmemcmp(const wchar_t* one, const wchar_t* other, size_t count) {
  for (; count != 0; --count, ++one, ++other) {
    if (*one != *other) return *one < *other ? -1 : 1;
  }
  return 0;
}
wchar_t* wmemchr(const wchar_t* text, wchar_t wanted, size_t count) {
  for (; count != 0; --count, ++text) {
    if (*text == wanted) return plain(text);
  }
  return NULL;
}
wchar_t* wcscpy(wchar_t* to, const wchar_t* from) { return wmemcpy(to, from, wcslen(from) + 1); }
wchar_t* wcsncpy(wchar_t* to, const wchar_t* from, size_t count) {
  const size_t length = wcsnlen(from, count);
  wmemcpy(to, from, length);
  wmemset(to + length, 0, count - length);
  return to;
}
wchar_t* wcscat(wchar_t* to, const wchar_t* from) {
  wcscpy(to + wcslen(to), from);
  return to;
}
wchar_t* wcsncat(wchar_t* to, const wchar_t* from, size_t count) {
  wchar_t* const end = to + wcslen(to);
  const size_t length = wcsnlen(from, count);
  wmemcpy(end, from, length);
  end[length] = 0;
  return to;
}
int wcscmp(const wchar_t* one, const wchar_t* other) {
  while (*one != 0 && *one == *other) ++one, ++other;
  return *one == *other ? 0 : *one < *other ? -1 : 1;
}
int wcsncmp(const wchar_t* one, const wchar_t* other, size_t count) {
  while (count != 0 && *one != 0 && *one == *other) ++one, ++other, --count;
  return count == 0 || *one == *other ? 0 : *one < *other ? -1 : 1;
}
wchar_t* wcschr(const wchar_t* text, wchar_t wanted) {
  for (;; ++text) {
    if (*text == wanted) return plain(text);
    if (*text == 0) return NULL;
  }
}
wchar_t* wcsrchr(const wchar_t* text, wchar_t wanted) {
  wchar_t* found = NULL;
  for (;; ++text) {
    if (*text == wanted) found = plain(text);
    if (*text == 0) return found;
  }
}
wchar_t* wcsstr(const wchar_t* text, const wchar_t* wanted) {
  const size_t length = wcslen(wanted);
  for (;; ++text) {
    if (wcsncmp(text, wanted, length) == 0) return plain(text);
    if (*text == 0) return NULL;
  }
}
size_t wcsspn(const wchar_t* text, const wchar_t* set) {
  size_t length = 0;
  while (text[length] != 0 && wcschr(set, text[length]) != NULL) ++length;
  return length;
}
size_t wcscspn(const wchar_t* text, const wchar_t* set) {
  size_t length = 0;
  while (text[length] != 0 && wcschr(set, text[length]) == NULL) ++length;
  return length;
}
wchar_t* wcspbrk(const wchar_t* text, const wchar_t* set) {
  const wchar_t* const found = text + wcscspn(text, set);
  return *found == 0 ? NULL : plain(found);
}

/* Digits of a base, limited as Windows' long is: to 32 bits. */
static uint64_t digits(const wchar_t* text, wchar_t** end, int base, int* negative) {
  const wchar_t* at = text;
  const wchar_t* first;
  uint64_t value = 0;
  while (*at == L' ' || (*at >= L'\t' && *at <= L'\r')) ++at;
  *negative = *at == L'-';
  if (*at == L'-' || *at == L'+') ++at;
  if ((base == 0 || base == 16) && at[0] == L'0' && (at[1] | 0x20) == L'x') {
    at += 2;
    base = 16;
  } else if (base == 0) {
    base = *at == L'0' ? 8 : 10;
  }
  for (first = at;; ++at) {
    const wchar_t lower = (wchar_t)(*at | 0x20);
    const int digit = *at >= L'0' && *at <= L'9'       ? *at - L'0'
                      : lower >= L'a' && lower <= L'z' ? lower - L'a' + 10
                                                       : 36;
    if (digit >= base) break;
    value = value > (UINT64_MAX - (unsigned)digit) / (unsigned)base
                ? UINT64_MAX
                : value * (unsigned)base + (unsigned)digit;
  }
  if (end != NULL) *end = plain(at == first ? text : at);
  return value;
}
long wcstol(const wchar_t* text, wchar_t** end, int base) {
  int negative;
  const uint64_t value = digits(text, end, base, &negative);
  if (negative) return value > (uint64_t)INT_MAX + 1 ? INT_MIN : -(long)value;
  return value > INT_MAX ? INT_MAX : (long)value;
}
unsigned long wcstoul(const wchar_t* text, wchar_t** end, int base) {
  int negative;
  const uint64_t value = digits(text, end, base, &negative);
  if (value > UINT_MAX) return UINT_MAX;
  return negative ? (unsigned)-(unsigned)value : (unsigned)value;
}
int _wtoi(const wchar_t* text) { return (int)wcstol(text, NULL, 10); }
LONG _wtol(const wchar_t* text) { return (LONG)wcstol(text, NULL, 10); }

/* Only ASCII letters have two cases for the C library of a driver. */
static wchar_t lower(wchar_t character) {
  return character >= L'A' && character <= L'Z' ? (wchar_t)(character + 32) : character;
}
static wchar_t upper(wchar_t character) {
  return character >= L'a' && character <= L'z' ? (wchar_t)(character - 32) : character;
}
int _wcsnicmp(const wchar_t* one, const wchar_t* other, size_t count) {
  for (; count != 0; --count, ++one, ++other) {
    const wchar_t a = lower(*one);
    const wchar_t b = lower(*other);
    if (a != b) return a < b ? -1 : 1;
    if (a == 0) break;
  }
  return 0;
}
int _wcsicmp(const wchar_t* one, const wchar_t* other) { return _wcsnicmp(one, other, SIZE_MAX); }
wchar_t* _wcslwr(wchar_t* text) {
  wchar_t* at;
  for (at = text; *at != 0; ++at) *at = lower(*at);
  return text;
}
wchar_t* _wcsupr(wchar_t* text) {
  wchar_t* at;
  for (at = text; *at != 0; ++at) *at = upper(*at);
  return text;
}

errno_t wcsncpy_s(wchar_t* to, rsize_t size, const wchar_t* from, rsize_t count) {
  size_t length;
  if (to == NULL || size == 0) return 22;
  to[0] = 0;
  if (from == NULL) return 22;
  length = wcsnlen(from, count == _TRUNCATE ? size - 1 : count);
  if (length >= size) return 34;
  wmemcpy(to, from, length);
  to[length] = 0;
  return 0;
}
errno_t wcscpy_s(wchar_t* to, rsize_t size, const wchar_t* from) {
  return wcsncpy_s(to, size, from, SIZE_MAX - 1);
}
errno_t wcscat_s(wchar_t* to, rsize_t size, const wchar_t* from) {
  const size_t length = to == NULL ? 0 : wcsnlen(to, size);
  errno_t error;
  if (length == size) return 22;
  error = wcscpy_s(to + length, size - length, from);
  if (error != 0) to[0] = 0;
  return error;
}
