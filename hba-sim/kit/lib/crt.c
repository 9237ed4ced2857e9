/* What Microsoft's C library has beside the standard, for characters of 8 bits and for numbers. */
#include <strings.h>

#include "ntdef.h"

int _stricmp(const char* One, const char* Other) { return strcasecmp(One, Other); }
int _strnicmp(const char* One, const char* Other, size_t Count) {
  return strncasecmp(One, Other, Count);
}
char* _strlwr(char* Text) {
  char* at;
  for (at = Text; *at != 0; ++at) *at = (char)(*at >= 'A' && *at <= 'Z' ? *at + 32 : *at);
  return Text;
}
char* _strupr(char* Text) {
  char* at;
  for (at = Text; *at != 0; ++at) *at = (char)(*at >= 'a' && *at <= 'z' ? *at - 32 : *at);
  return Text;
}

char* _ui64toa(ULONGLONG Value, char* Buffer, int Radix) {
  char text[65];
  size_t at = sizeof text - 1;
  text[at] = 0;
  do {
    text[--at] = "0123456789abcdefghijklmnopqrstuvwxyz"[Value % (unsigned)Radix];
    Value /= (unsigned)Radix;
  } while (Value != 0);
  return (char*)memcpy(Buffer, text + at, sizeof text - at);
}
char* _i64toa(LONGLONG Value, char* Buffer, int Radix) {
  if (Value >= 0 || Radix != 10) return _ui64toa((ULONGLONG)Value, Buffer, Radix);
  Buffer[0] = '-';
  _ui64toa(-(ULONGLONG)Value, Buffer + 1, Radix);
  return Buffer;
}
char* _ultoa(ULONG Value, char* Buffer, int Radix) { return _ui64toa(Value, Buffer, Radix); }
char* _itoa(int Value, char* Buffer, int Radix) {
  return Radix == 10 ? _i64toa(Value, Buffer, Radix) : _ultoa((ULONG)Value, Buffer, Radix);
}
wchar_t* _itow(int Value, wchar_t* Buffer, int Radix) {
  char text[40];
  size_t at = 0;
  _itoa(Value, text, Radix);
  do {
    Buffer[at] = (wchar_t)(unsigned char)text[at];
  } while (text[at++] != 0);
  return Buffer;
}
LONGLONG _atoi64(const char* Text) { return strtoll(Text, NULL, 10); }

errno_t memcpy_s(void* To, rsize_t Size, const void* From, rsize_t Count) {
  if (Count == 0) return 0;
  if (To == NULL) return 22;
  if (From == NULL || Count > Size) {
    memset(To, 0, Size);
    return From == NULL ? 22 : 34;
  }
  memcpy(To, From, Count);
  return 0;
}
errno_t memmove_s(void* To, rsize_t Size, const void* From, rsize_t Count) {
  if (Count == 0) return 0;
  if (To == NULL || From == NULL) return 22;
  if (Count > Size) return 34;
  memmove(To, From, Count);
  return 0;
}
errno_t strncpy_s(char* To, rsize_t Size, const char* From, rsize_t Count) {
  size_t length;
  if (To == NULL || Size == 0) return 22;
  To[0] = 0;
  if (From == NULL) return 22;
  length = strnlen(From, Count == _TRUNCATE ? Size - 1 : Count);
  if (length >= Size) return 34;
  memcpy(To, From, length);
  To[length] = 0;
  return 0;
}
errno_t strcpy_s(char* To, rsize_t Size, const char* From) {
  return strncpy_s(To, Size, From, SIZE_MAX - 1);
}
errno_t strcat_s(char* To, rsize_t Size, const char* From) {
  const size_t length = To == NULL ? 0 : strnlen(To, Size);
  errno_t error;
  if (length == Size) return 22;
  error = strcpy_s(To + length, Size - length, From);
  if (error != 0) To[0] = 0;
  return error;
}
