/* Counted strings whose characters may come from the pool; apart, for the pool is the lab's. */
#include "wdm.h"

#define TAG 0x72745352 /* RStr */

NTSTATUS RtlAnsiStringToUnicodeString(PUNICODE_STRING Destination, const STRING* Source,
                                      BOOLEAN Allocate) {
  const ULONG bytes = Source->Length * (ULONG)sizeof(WCHAR) + (ULONG)sizeof(WCHAR);
  if (bytes > 0xFFFF) return STATUS_INVALID_PARAMETER_2;
  if (Allocate) {
    Destination->Buffer = (PWSTR)ExAllocatePoolWithTag(PagedPool, bytes, TAG);
    if (Destination->Buffer == NULL) return STATUS_NO_MEMORY;
    Destination->MaximumLength = (USHORT)bytes;
  } else if (bytes > Destination->MaximumLength) {
    return STATUS_BUFFER_OVERFLOW;
  }
  RtlMultiByteToUnicodeN(Destination->Buffer, bytes, NULL, Source->Buffer, Source->Length);
  Destination->Length = (USHORT)(bytes - sizeof(WCHAR));
  Destination->Buffer[Source->Length] = 0;
  return STATUS_SUCCESS;
}
NTSTATUS RtlUnicodeStringToAnsiString(PSTRING Destination, PCUNICODE_STRING Source,
                                      BOOLEAN Allocate) {
  const USHORT count = Source->Length / sizeof(WCHAR);
  if (Allocate) {
    Destination->Buffer = (PCHAR)ExAllocatePoolWithTag(PagedPool, count + 1u, TAG);
    if (Destination->Buffer == NULL) return STATUS_NO_MEMORY;
    Destination->MaximumLength = (USHORT)(count + 1);
  } else if (count + 1 > Destination->MaximumLength) {
    return STATUS_BUFFER_OVERFLOW;
  }
  RtlUnicodeToMultiByteN(Destination->Buffer, count, NULL, Source->Buffer, Source->Length);
  Destination->Length = count;
  Destination->Buffer[count] = 0;
  return STATUS_SUCCESS;
}
NTSTATUS RtlUpcaseUnicodeString(PUNICODE_STRING Destination, PCUNICODE_STRING Source,
                                BOOLEAN Allocate) {
  USHORT index;
  if (Allocate) {
    Destination->Buffer = (PWSTR)ExAllocatePoolWithTag(PagedPool, Source->Length + 1u, TAG);
    if (Destination->Buffer == NULL) return STATUS_NO_MEMORY;
    Destination->MaximumLength = Source->Length;
  } else if (Source->Length > Destination->MaximumLength) {
    return STATUS_BUFFER_OVERFLOW;
  }
  for (index = 0; index < Source->Length / sizeof(WCHAR); ++index) {
    Destination->Buffer[index] = RtlUpcaseUnicodeChar(Source->Buffer[index]);
  }
  Destination->Length = Source->Length;
  return STATUS_SUCCESS;
}
VOID RtlFreeUnicodeString(PUNICODE_STRING String) {
  if (String->Buffer != NULL) ExFreePoolWithTag(String->Buffer, TAG);
  memset(String, 0, sizeof *String);
}
VOID RtlFreeAnsiString(PSTRING String) {
  if (String->Buffer != NULL) ExFreePoolWithTag(String->Buffer, TAG);
  memset(String, 0, sizeof *String);
}

NTSTATUS RtlStringFromGUID(REFGUID Guid, PUNICODE_STRING GuidString) {
  PWSTR text = (PWSTR)ExAllocatePoolWithTag(PagedPool, 39 * sizeof(WCHAR), TAG);
  if (text == NULL) return STATUS_NO_MEMORY;
  _swprintf(text, L"{%08X-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X}", Guid->Data1, Guid->Data2,
            Guid->Data3, Guid->Data4[0], Guid->Data4[1], Guid->Data4[2], Guid->Data4[3],
            Guid->Data4[4], Guid->Data4[5], Guid->Data4[6], Guid->Data4[7]);
  RtlInitUnicodeString(GuidString, text);
  return STATUS_SUCCESS;
}
