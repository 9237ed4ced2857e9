/*
 * String functions that always end a string with a NUL, cut what does not fit, and say so:
 * STATUS_BUFFER_OVERFLOW. Cb counts bytes, Cch characters; A is for narrow strings, W for wide.
 */
#ifndef HBALAB_NTSTRSAFE_H
#define HBALAB_NTSTRSAFE_H
#define _NTSTRSAFE_H_INCLUDED_
#define _STRSAFE_H_INCLUDED_

#include <stdarg.h>

#include "hbalab/crt.h"
#include "hbalab/rtl.h"
#include "ntdef.h"

HBALAB_EXTERN_C_BEGIN

#define NTSTRSAFE_MAX_CCH 2147483647
#define NTSTRSAFE_MAX_LENGTH (NTSTRSAFE_MAX_CCH - 1)
#define NTSTRSAFE_UNICODE_STRING_MAX_CCH (0xffff / sizeof(WCHAR))
#define NTSTRSAFE_PSTR PSTR
#define NTSTRSAFE_PCSTR PCSTR
#define NTSTRSAFE_PWSTR PWSTR
#define NTSTRSAFE_PCWSTR PCWSTR

#define STRSAFE_IGNORE_NULLS 0x00000100
#define STRSAFE_FILL_BEHIND_NULL 0x00000200
#define STRSAFE_FILL_ON_FAILURE 0x00000400
#define STRSAFE_NULL_ON_FAILURE 0x00000800
#define STRSAFE_NO_TRUNCATION 0x00001000
#define STRSAFE_ZERO_LENGTH_ON_FAILURE STRSAFE_NULL_ON_FAILURE

/*
 * For one width of characters. The functions with Ex also give the end and what remains, and know
 * these flags: a null pointer is an empty string, what is behind the NUL is filled, a failure
 * empties or fills the string, and nothing is cut. The low byte of the flags is the fill.
 */
#define HBALAB_STRSAFE(letter, type, pointer, constant, format)                                    \
  HBALAB_INLINE size_t HbalabStringLength##letter(constant Text, size_t Limit) {                   \
    size_t Length = 0;                                                                             \
    while (Length < Limit && Text[Length] != 0) ++Length;                                          \
    return Length;                                                                                 \
  }                                                                                                \
  HBALAB_INLINE NTSTATUS HbalabStringEnd##letter(pointer To, size_t Size, size_t Used,             \
                                                 NTSTATUS Status, pointer* End, size_t* Rest,      \
                                                 ULONG Flags) {                                    \
    if (!NT_SUCCESS(Status) && Size != 0) {                                                        \
      if (Flags & STRSAFE_FILL_ON_FAILURE) memset(To, (int)(Flags & 0xff), Size * sizeof(type));   \
      if (Flags & (STRSAFE_NULL_ON_FAILURE | STRSAFE_NO_TRUNCATION)) To[0] = 0;                    \
      if (Flags & STRSAFE_FILL_ON_FAILURE) To[Flags & 0xff ? Size - 1 : 0] = 0;                    \
      if (Flags & (STRSAFE_FILL_ON_FAILURE | STRSAFE_NULL_ON_FAILURE | STRSAFE_NO_TRUNCATION)) {   \
        Used = 0;                                                                                  \
      }                                                                                            \
    } else if (NT_SUCCESS(Status) && (Flags & STRSAFE_FILL_BEHIND_NULL) && Size > Used + 1) {      \
      memset(To + Used + 1, (int)(Flags & 0xff), (Size - Used - 1) * sizeof(type));                \
    }                                                                                              \
    if (End != NULL) *End = To + Used;                                                             \
    if (Rest != NULL) *Rest = Size - Used;                                                         \
    return Status;                                                                                 \
  }                                                                                                \
  HBALAB_INLINE NTSTATUS HbalabStringAppend##letter(pointer To, size_t Size, size_t At,            \
                                                    constant From, size_t Limit, pointer* End,     \
                                                    size_t* Rest, ULONG Flags) {                   \
    static const type kNone[1] = {0};                                                              \
    NTSTATUS Status = STATUS_SUCCESS;                                                              \
    if (Size == 0 || Size > NTSTRSAFE_MAX_CCH) return STATUS_INVALID_PARAMETER;                    \
    if (From == NULL) {                                                                            \
      if (!(Flags & STRSAFE_IGNORE_NULLS)) return STATUS_INVALID_PARAMETER;                        \
      From = kNone;                                                                                \
    }                                                                                              \
    for (; Limit != 0 && *From != 0; --Limit) {                                                    \
      if (At + 1 >= Size) {                                                                        \
        Status = STATUS_BUFFER_OVERFLOW;                                                           \
        break;                                                                                     \
      }                                                                                            \
      To[At++] = *From++;                                                                          \
    }                                                                                              \
    To[At] = 0;                                                                                    \
    return HbalabStringEnd##letter(To, Size, At, Status, End, Rest, Flags);                        \
  }                                                                                                \
  HBALAB_INLINE NTSTATUS RtlStringCchCopyNEx##letter(pointer To, size_t Size, constant From,       \
                                                     size_t Limit, pointer* End, size_t* Rest,     \
                                                     ULONG Flags) {                                \
    return HbalabStringAppend##letter(To, Size, 0, From, Limit, End, Rest, Flags);                 \
  }                                                                                                \
  HBALAB_INLINE NTSTATUS RtlStringCchCatNEx##letter(pointer To, size_t Size, constant From,        \
                                                    size_t Limit, pointer* End, size_t* Rest,      \
                                                    ULONG Flags) {                                 \
    const size_t At =                                                                              \
        Size == 0 || Size > NTSTRSAFE_MAX_CCH ? 0 : HbalabStringLength##letter(To, Size);          \
    if (At == Size) return STATUS_INVALID_PARAMETER;                                               \
    return HbalabStringAppend##letter(To, Size, At, From, Limit, End, Rest, Flags);                \
  }                                                                                                \
  HBALAB_INLINE NTSTATUS RtlStringCchVPrintfEx##letter(pointer To, size_t Size, pointer* End,      \
                                                       size_t* Rest, ULONG Flags, constant Form,   \
                                                       va_list Arguments) {                        \
    int Used;                                                                                      \
    if (Size == 0 || Size > NTSTRSAFE_MAX_CCH) return STATUS_INVALID_PARAMETER;                    \
    Used = format(To, Size, Form, Arguments);                                                      \
    if (Used >= 0 && (size_t)Used < Size) {                                                        \
      return HbalabStringEnd##letter(To, Size, (size_t)Used, STATUS_SUCCESS, End, Rest, Flags);    \
    }                                                                                              \
    To[Size - 1] = 0;                                                                              \
    return HbalabStringEnd##letter(To, Size, Size - 1, STATUS_BUFFER_OVERFLOW, End, Rest, Flags);  \
  }                                                                                                \
  HBALAB_INLINE NTSTATUS RtlStringCchLength##letter(constant Text, size_t Size, size_t* Length) {  \
    size_t Count;                                                                                  \
    if (Length != NULL) *Length = 0;                                                               \
    if (Text == NULL || Size > NTSTRSAFE_MAX_CCH) return STATUS_INVALID_PARAMETER;                 \
    Count = HbalabStringLength##letter(Text, Size);                                                \
    if (Count == Size) return STATUS_INVALID_PARAMETER;                                            \
    if (Length != NULL) *Length = Count;                                                           \
    return STATUS_SUCCESS;                                                                         \
  }                                                                                                \
  HBALAB_INLINE NTSTATUS RtlStringCchCopyEx##letter(pointer To, size_t Size, constant From,        \
                                                    pointer* End, size_t* Rest, ULONG Flags) {     \
    return RtlStringCchCopyNEx##letter(To, Size, From, SIZE_MAX, End, Rest, Flags);                \
  }                                                                                                \
  HBALAB_INLINE NTSTATUS RtlStringCchCopyN##letter(pointer To, size_t Size, constant From,         \
                                                   size_t Limit) {                                 \
    return RtlStringCchCopyNEx##letter(To, Size, From, Limit, NULL, NULL, 0);                      \
  }                                                                                                \
  HBALAB_INLINE NTSTATUS RtlStringCchCopy##letter(pointer To, size_t Size, constant From) {        \
    return RtlStringCchCopyNEx##letter(To, Size, From, SIZE_MAX, NULL, NULL, 0);                   \
  }                                                                                                \
  HBALAB_INLINE NTSTATUS RtlStringCchCatEx##letter(pointer To, size_t Size, constant From,         \
                                                   pointer* End, size_t* Rest, ULONG Flags) {      \
    return RtlStringCchCatNEx##letter(To, Size, From, SIZE_MAX, End, Rest, Flags);                 \
  }                                                                                                \
  HBALAB_INLINE NTSTATUS RtlStringCchCatN##letter(pointer To, size_t Size, constant From,          \
                                                  size_t Limit) {                                  \
    return RtlStringCchCatNEx##letter(To, Size, From, Limit, NULL, NULL, 0);                       \
  }                                                                                                \
  HBALAB_INLINE NTSTATUS RtlStringCchCat##letter(pointer To, size_t Size, constant From) {         \
    return RtlStringCchCatNEx##letter(To, Size, From, SIZE_MAX, NULL, NULL, 0);                    \
  }                                                                                                \
  HBALAB_INLINE NTSTATUS RtlStringCchVPrintf##letter(pointer To, size_t Size, constant Form,       \
                                                     va_list Arguments) {                          \
    return RtlStringCchVPrintfEx##letter(To, Size, NULL, NULL, 0, Form, Arguments);                \
  }                                                                                                \
  HBALAB_INLINE NTSTATUS RtlStringCchPrintf##letter(pointer To, size_t Size, constant Form, ...) { \
    NTSTATUS Status;                                                                               \
    va_list Arguments;                                                                             \
    va_start(Arguments, Form);                                                                     \
    Status = RtlStringCchVPrintfEx##letter(To, Size, NULL, NULL, 0, Form, Arguments);              \
    va_end(Arguments);                                                                             \
    return Status;                                                                                 \
  }                                                                                                \
  HBALAB_INLINE NTSTATUS RtlStringCchPrintfEx##letter(                                             \
      pointer To, size_t Size, pointer* End, size_t* Rest, ULONG Flags, constant Form, ...) {      \
    NTSTATUS Status;                                                                               \
    va_list Arguments;                                                                             \
    va_start(Arguments, Form);                                                                     \
    Status = RtlStringCchVPrintfEx##letter(To, Size, End, Rest, Flags, Form, Arguments);           \
    va_end(Arguments);                                                                             \
    return Status;                                                                                 \
  }                                                                                                \
  /* The same by bytes. */                                                                         \
  HBALAB_INLINE NTSTATUS RtlStringCbCopyEx##letter(pointer To, size_t Bytes, constant From,        \
                                                   pointer* End, size_t* Rest, ULONG Flags) {      \
    NTSTATUS Status =                                                                              \
        RtlStringCchCopyNEx##letter(To, Bytes / sizeof(type), From, SIZE_MAX, End, Rest, Flags);   \
    if (Rest != NULL) *Rest *= sizeof(type);                                                       \
    return Status;                                                                                 \
  }                                                                                                \
  HBALAB_INLINE NTSTATUS RtlStringCbCopyN##letter(pointer To, size_t Bytes, constant From,         \
                                                  size_t Limit) {                                  \
    return RtlStringCchCopyN##letter(To, Bytes / sizeof(type), From, Limit / sizeof(type));        \
  }                                                                                                \
  HBALAB_INLINE NTSTATUS RtlStringCbCopy##letter(pointer To, size_t Bytes, constant From) {        \
    return RtlStringCchCopy##letter(To, Bytes / sizeof(type), From);                               \
  }                                                                                                \
  HBALAB_INLINE NTSTATUS RtlStringCbCatEx##letter(pointer To, size_t Bytes, constant From,         \
                                                  pointer* End, size_t* Rest, ULONG Flags) {       \
    NTSTATUS Status =                                                                              \
        RtlStringCchCatNEx##letter(To, Bytes / sizeof(type), From, SIZE_MAX, End, Rest, Flags);    \
    if (Rest != NULL) *Rest *= sizeof(type);                                                       \
    return Status;                                                                                 \
  }                                                                                                \
  HBALAB_INLINE NTSTATUS RtlStringCbCatN##letter(pointer To, size_t Bytes, constant From,          \
                                                 size_t Limit) {                                   \
    return RtlStringCchCatN##letter(To, Bytes / sizeof(type), From, Limit / sizeof(type));         \
  }                                                                                                \
  HBALAB_INLINE NTSTATUS RtlStringCbCat##letter(pointer To, size_t Bytes, constant From) {         \
    return RtlStringCchCat##letter(To, Bytes / sizeof(type), From);                                \
  }                                                                                                \
  HBALAB_INLINE NTSTATUS RtlStringCbLength##letter(constant Text, size_t Bytes, size_t* Length) {  \
    NTSTATUS Status = RtlStringCchLength##letter(Text, Bytes / sizeof(type), Length);              \
    if (Length != NULL) *Length *= sizeof(type);                                                   \
    return Status;                                                                                 \
  }                                                                                                \
  HBALAB_INLINE NTSTATUS RtlStringCbVPrintf##letter(pointer To, size_t Bytes, constant Form,       \
                                                    va_list Arguments) {                           \
    return RtlStringCchVPrintf##letter(To, Bytes / sizeof(type), Form, Arguments);                 \
  }                                                                                                \
  HBALAB_INLINE NTSTATUS RtlStringCbPrintf##letter(pointer To, size_t Bytes, constant Form, ...) { \
    NTSTATUS Status;                                                                               \
    va_list Arguments;                                                                             \
    va_start(Arguments, Form);                                                                     \
    Status = RtlStringCchVPrintf##letter(To, Bytes / sizeof(type), Form, Arguments);               \
    va_end(Arguments);                                                                             \
    return Status;                                                                                 \
  }                                                                                                \
  HBALAB_INLINE NTSTATUS RtlStringCbPrintfEx##letter(                                              \
      pointer To, size_t Bytes, pointer* End, size_t* Rest, ULONG Flags, constant Form, ...) {     \
    NTSTATUS Status;                                                                               \
    va_list Arguments;                                                                             \
    va_start(Arguments, Form);                                                                     \
    Status = RtlStringCchVPrintfEx##letter(To, Bytes / sizeof(type), End, Rest, Flags, Form,       \
                                           Arguments);                                             \
    va_end(Arguments);                                                                             \
    if (Rest != NULL) *Rest *= sizeof(type);                                                       \
    return Status;                                                                                 \
  }
HBALAB_STRSAFE(A, CHAR, PSTR, PCSTR, _vsnprintf)
HBALAB_STRSAFE(W, WCHAR, PWSTR, PCWSTR, _vsnwprintf)
#undef HBALAB_STRSAFE

#ifdef UNICODE
#define RtlStringCbCopy RtlStringCbCopyW
#define RtlStringCbCat RtlStringCbCatW
#define RtlStringCbPrintf RtlStringCbPrintfW
#define RtlStringCchCopy RtlStringCchCopyW
#define RtlStringCchCat RtlStringCchCatW
#define RtlStringCchPrintf RtlStringCchPrintfW
#endif

/* Counted strings. */
HBALAB_INLINE NTSTATUS RtlUnicodeStringInit(PUNICODE_STRING Destination, PCWSTR Source) {
  RtlInitUnicodeString(Destination, Source);
  return STATUS_SUCCESS;
}
HBALAB_INLINE NTSTATUS RtlUnicodeStringCopyString(PUNICODE_STRING Destination, PCWSTR Source) {
  UNICODE_STRING From;
  RtlInitUnicodeString(&From, Source);
  RtlCopyUnicodeString(Destination, &From);
  return Destination->Length == From.Length ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
}
HBALAB_INLINE NTSTATUS RtlUnicodeStringCopy(PUNICODE_STRING Destination, PCUNICODE_STRING Source) {
  RtlCopyUnicodeString(Destination, Source);
  return Destination->Length == Source->Length ? STATUS_SUCCESS : STATUS_BUFFER_OVERFLOW;
}
HBALAB_INLINE NTSTATUS RtlUnicodeStringCatString(PUNICODE_STRING Destination, PCWSTR Source) {
  return NT_SUCCESS(RtlAppendUnicodeToString(Destination, Source)) ? STATUS_SUCCESS
                                                                   : STATUS_BUFFER_OVERFLOW;
}
HBALAB_INLINE NTSTATUS RtlUnicodeStringPrintf(PUNICODE_STRING Destination, PCWSTR Form, ...) {
  const size_t Size = Destination->MaximumLength / sizeof(WCHAR);
  int Used;
  va_list Arguments;
  va_start(Arguments, Form);
  Used = _vsnwprintf(Destination->Buffer, Size, Form, Arguments);
  va_end(Arguments);
  Destination->Length = (USHORT)((Used < 0 ? Size : (size_t)Used) * sizeof(WCHAR));
  return Used < 0 ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

HBALAB_EXTERN_C_END

#endif
