/* Numbers and GUIDs as counted strings; random numbers. */
#include "wdm.h"

static NTSTATUS to_integer(const WCHAR* text, ULONG length, ULONG Base, PULONG Value) {
  ULONG at = 0;
  ULONG result = 0;
  BOOLEAN negative = FALSE;
  while (at < length && text[at] <= L' ') ++at;
  if (at < length && (text[at] == L'-' || text[at] == L'+')) negative = text[at++] == L'-';
  if (Base == 0) {
    Base = 10;
    if (at + 1 < length && text[at] == L'0') {
      const WCHAR kind = text[at + 1];
      Base = kind == L'x' ? 16 : kind == L'o' ? 8 : kind == L'b' ? 2 : 10;
      if (Base != 10) at += 2;
    }
  }
  if (Base != 2 && Base != 8 && Base != 10 && Base != 16) return STATUS_INVALID_PARAMETER;
  for (; at < length; ++at) {
    const WCHAR lower = (WCHAR)(text[at] | 0x20);
    const ULONG digit = text[at] >= L'0' && text[at] <= L'9' ? (ULONG)(text[at] - L'0')
                        : lower >= L'a' && lower <= L'f'     ? (ULONG)(lower - L'a' + 10)
                                                             : 99;
    if (digit >= Base) break;
    result = result * Base + digit;
  }
  *Value = negative ? 0u - result : result;
  return STATUS_SUCCESS;
}
NTSTATUS RtlUnicodeStringToInteger(PCUNICODE_STRING String, ULONG Base, PULONG Value) {
  return to_integer(String->Buffer, String->Length / sizeof(WCHAR), Base, Value);
}
NTSTATUS RtlCharToInteger(PCSZ String, ULONG Base, PULONG Value) {
  WCHAR text[80];
  ULONG length = 0;
  while (length < 80 && String[length] != 0) {
    text[length] = (UCHAR)String[length];
    ++length;
  }
  return to_integer(text, length, Base, Value);
}
NTSTATUS RtlInt64ToUnicodeString(ULONGLONG Value, ULONG Base, PUNICODE_STRING String) {
  WCHAR text[65];
  ULONG at = 64;
  if (Base == 0) Base = 10;
  if (Base != 2 && Base != 8 && Base != 10 && Base != 16) return STATUS_INVALID_PARAMETER;
  text[at] = 0;
  do {
    text[--at] = (WCHAR) "0123456789ABCDEF"[Value % Base];
    Value /= Base;
  } while (Value != 0);
  if ((65 - at) * sizeof(WCHAR) > String->MaximumLength) return STATUS_BUFFER_OVERFLOW;
  String->Length = (USHORT)((64 - at) * sizeof(WCHAR));
  memcpy(String->Buffer, text + at, String->Length + sizeof(WCHAR));
  return STATUS_SUCCESS;
}
NTSTATUS RtlIntegerToUnicodeString(ULONG Value, ULONG Base, PUNICODE_STRING String) {
  return RtlInt64ToUnicodeString(Value, Base, String);
}

NTSTATUS RtlGUIDFromString(PCUNICODE_STRING GuidString, GUID* Guid) {
  static const char kForm[] = "{hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh}";
  UCHAR nibbles[32];
  ULONG count = 0;
  ULONG at;
  if (GuidString->Length != 38 * sizeof(WCHAR)) return STATUS_INVALID_PARAMETER;
  for (at = 0; at < 38; ++at) {
    const WCHAR is = GuidString->Buffer[at];
    const WCHAR lower = (WCHAR)(is | 0x20);
    if (kForm[at] != 'h') {
      if (is != (WCHAR)kForm[at]) return STATUS_INVALID_PARAMETER;
    } else if (is >= L'0' && is <= L'9') {
      nibbles[count++] = (UCHAR)(is - L'0');
    } else if (lower >= L'a' && lower <= L'f') {
      nibbles[count++] = (UCHAR)(lower - L'a' + 10);
    } else {
      return STATUS_INVALID_PARAMETER;
    }
  }
  Guid->Data1 = 0;
  Guid->Data2 = Guid->Data3 = 0;
  for (at = 0; at < 8; ++at) Guid->Data1 = Guid->Data1 << 4 | nibbles[at];
  for (at = 8; at < 12; ++at) Guid->Data2 = (USHORT)(Guid->Data2 << 4 | nibbles[at]);
  for (at = 12; at < 16; ++at) Guid->Data3 = (USHORT)(Guid->Data3 << 4 | nibbles[at]);
  for (at = 0; at < 8; ++at) {
    Guid->Data4[at] = (UCHAR)(nibbles[16 + 2 * at] << 4 | nibbles[17 + 2 * at]);
  }
  return STATUS_SUCCESS;
}

/* A generator of no use for secrets, as Windows' is. */
ULONG RtlRandom(PULONG Seed) {
  *Seed = (ULONG)((*Seed * 0x7FFFFFEDull + 0x7FFFFFC3ull) % 0x7FFFFFFFull);
  return *Seed;
}
ULONG RtlRandomEx(PULONG Seed) { return RtlRandom(Seed); }
