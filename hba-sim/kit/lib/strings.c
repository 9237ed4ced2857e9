/* Counted strings of the run-time library. */
#include "wdm.h"

VOID RtlInitUnicodeString(PUNICODE_STRING Destination, PCWSTR Source) {
  const SIZE_T bytes = Source == NULL ? 0 : wcslen(Source) * sizeof(WCHAR);
  Destination->Buffer = (PWSTR)(ULONG_PTR)Source;
  Destination->Length = (USHORT)(bytes > 0xFFFC ? 0xFFFC : bytes);
  Destination->MaximumLength = (USHORT)(Source == NULL ? 0 : Destination->Length + sizeof(WCHAR));
}
VOID RtlInitString(PSTRING Destination, PCSZ Source) {
  const SIZE_T bytes = Source == NULL ? 0 : strlen(Source);
  Destination->Buffer = (PCHAR)(ULONG_PTR)Source;
  Destination->Length = (USHORT)(bytes > 0xFFFE ? 0xFFFE : bytes);
  Destination->MaximumLength = (USHORT)(Source == NULL ? 0 : Destination->Length + 1);
}
VOID RtlInitAnsiString(PANSI_STRING Destination, PCSZ Source) {
  RtlInitString(Destination, Source);
}

VOID RtlCopyUnicodeString(PUNICODE_STRING Destination, PCUNICODE_STRING Source) {
  Destination->Length = 0;
  if (Source == NULL) return;
  Destination->Length = Source->Length < Destination->MaximumLength
                            ? Source->Length
                            : (USHORT)(Destination->MaximumLength & ~1);
  memmove(Destination->Buffer, Source->Buffer, Destination->Length);
  if (Destination->Length + sizeof(WCHAR) <= Destination->MaximumLength) {
    Destination->Buffer[Destination->Length / sizeof(WCHAR)] = 0;
  }
}
VOID RtlCopyString(PSTRING Destination, const STRING* Source) {
  Destination->Length = 0;
  if (Source == NULL) return;
  Destination->Length =
      Source->Length < Destination->MaximumLength ? Source->Length : Destination->MaximumLength;
  memmove(Destination->Buffer, Source->Buffer, Destination->Length);
}
NTSTATUS RtlAppendUnicodeStringToString(PUNICODE_STRING Destination, PCUNICODE_STRING Source) {
  if (Source->Length > Destination->MaximumLength - Destination->Length) {
    return STATUS_BUFFER_TOO_SMALL;
  }
  memmove((PUCHAR)Destination->Buffer + Destination->Length, Source->Buffer, Source->Length);
  Destination->Length = (USHORT)(Destination->Length + Source->Length);
  if (Destination->Length + sizeof(WCHAR) <= Destination->MaximumLength) {
    Destination->Buffer[Destination->Length / sizeof(WCHAR)] = 0;
  }
  return STATUS_SUCCESS;
}
NTSTATUS RtlAppendUnicodeToString(PUNICODE_STRING Destination, PCWSTR Source) {
  UNICODE_STRING string;
  RtlInitUnicodeString(&string, Source);
  return RtlAppendUnicodeStringToString(Destination, &string);
}

/* Letters of ASCII and Latin-1 have two cases. */
WCHAR RtlUpcaseUnicodeChar(WCHAR Character) {
  if ((Character >= L'a' && Character <= L'z') ||
      (Character >= 0xE0 && Character <= 0xFE && Character != 0xF7)) {
    return (WCHAR)(Character - 32);
  }
  return Character;
}
WCHAR RtlDowncaseUnicodeChar(WCHAR Character) {
  if ((Character >= L'A' && Character <= L'Z') ||
      (Character >= 0xC0 && Character <= 0xDE && Character != 0xD7)) {
    return (WCHAR)(Character + 32);
  }
  return Character;
}
CHAR RtlUpperChar(CHAR Character) {
  return (CHAR)(Character >= 'a' && Character <= 'z' ? Character - 32 : Character);
}
LONG RtlCompareUnicodeString(PCUNICODE_STRING One, PCUNICODE_STRING Other, BOOLEAN IgnoreCase) {
  const USHORT shorter = One->Length < Other->Length ? One->Length : Other->Length;
  USHORT index;
  for (index = 0; index < shorter / sizeof(WCHAR); ++index) {
    WCHAR a = One->Buffer[index];
    WCHAR b = Other->Buffer[index];
    if (IgnoreCase) {
      a = RtlUpcaseUnicodeChar(a);
      b = RtlUpcaseUnicodeChar(b);
    }
    if (a != b) return (LONG)a - (LONG)b;
  }
  return (LONG)One->Length - (LONG)Other->Length;
}
BOOLEAN RtlEqualUnicodeString(PCUNICODE_STRING One, PCUNICODE_STRING Other, BOOLEAN IgnoreCase) {
  return One->Length == Other->Length && RtlCompareUnicodeString(One, Other, IgnoreCase) == 0;
}
BOOLEAN RtlPrefixUnicodeString(PCUNICODE_STRING One, PCUNICODE_STRING Other, BOOLEAN IgnoreCase) {
  UNICODE_STRING start = *Other;
  if (One->Length > Other->Length) return FALSE;
  start.Length = One->Length;
  return RtlCompareUnicodeString(One, &start, IgnoreCase) == 0;
}
LONG RtlCompareString(const STRING* One, const STRING* Other, BOOLEAN IgnoreCase) {
  const USHORT shorter = One->Length < Other->Length ? One->Length : Other->Length;
  USHORT index;
  for (index = 0; index < shorter; ++index) {
    const CHAR a = IgnoreCase ? RtlUpperChar(One->Buffer[index]) : One->Buffer[index];
    const CHAR b = IgnoreCase ? RtlUpperChar(Other->Buffer[index]) : Other->Buffer[index];
    if (a != b) return (LONG)(UCHAR)a - (LONG)(UCHAR)b;
  }
  return (LONG)One->Length - (LONG)Other->Length;
}
BOOLEAN RtlEqualString(const STRING* One, const STRING* Other, BOOLEAN IgnoreCase) {
  return One->Length == Other->Length && RtlCompareString(One, Other, IgnoreCase) == 0;
}

/* Narrow characters are the first 256 of Unicode; others become a question mark. */
NTSTATUS RtlMultiByteToUnicodeN(PWCH To, ULONG ToBytes, PULONG Used, const CHAR* From,
                                ULONG FromSize) {
  const ULONG count = FromSize < ToBytes / sizeof(WCHAR) ? FromSize : ToBytes / sizeof(WCHAR);
  ULONG index;
  for (index = 0; index < count; ++index) To[index] = (UCHAR)From[index];
  if (Used != NULL) *Used = count * sizeof(WCHAR);
  return count < FromSize ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}
NTSTATUS RtlUnicodeToMultiByteN(PCHAR To, ULONG ToSize, PULONG Used, PCWCH From, ULONG FromBytes) {
  const ULONG wanted = FromBytes / sizeof(WCHAR);
  const ULONG count = wanted < ToSize ? wanted : ToSize;
  ULONG index;
  for (index = 0; index < count; ++index) To[index] = (CHAR)(From[index] < 256 ? From[index] : '?');
  if (Used != NULL) *Used = count;
  return count < wanted ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}
