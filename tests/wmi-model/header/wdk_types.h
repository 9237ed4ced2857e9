/* What a generated header expects of those before it: base types at their Windows sizes, GUIDs. */
#ifndef HBALAB_TESTS_WDK_TYPES_H
#define HBALAB_TESTS_WDK_TYPES_H

#include <stddef.h>

typedef unsigned char UCHAR, BOOLEAN;
typedef signed char CHAR;
typedef unsigned short USHORT;
typedef short SHORT;
typedef unsigned int ULONG;
typedef int LONG;
__extension__ typedef unsigned long long ULONGLONG;
__extension__ typedef long long LONGLONG;
#if __SIZEOF_WCHAR_T__ == 2
typedef wchar_t WCHAR;
#else
typedef USHORT WCHAR;
#endif

typedef struct _GUID {
  ULONG Data1;
  USHORT Data2, Data3;
  UCHAR Data4[8];
} GUID;

#ifdef __cplusplus
#define HBALAB_EXTERN extern "C"
#else
#define HBALAB_EXTERN extern
#endif
#ifdef INITGUID
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) \
  HBALAB_EXTERN const GUID name;                                     \
  const GUID name = {l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}}
#else
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) HBALAB_EXTERN const GUID name
#endif
#define FIELD_OFFSET(type, field) offsetof(type, field)
#define DECLSPEC_ALIGN(bytes) __attribute__((aligned(bytes)))

#endif
