/*
 * GUIDs: DEFINE_GUID declares, and defines where initguid.h came before. A definition is weak, so
 * that several files of a driver may define the same one.
 */
#ifndef HBALAB_GUIDDEF_H
#define HBALAB_GUIDDEF_H

#include <string.h>

#include "hbalab/types.h"

#ifndef GUID_DEFINED
#define GUID_DEFINED
typedef struct _GUID {
  ULONG Data1;
  USHORT Data2;
  USHORT Data3;
  UCHAR Data4[8];
} GUID;
#endif
typedef GUID *PGUID, *LPGUID, IID, *LPIID, CLSID, *LPCLSID;
typedef const GUID* LPCGUID;
#define GUID_NULL_VALUE {0, 0, 0, {0, 0, 0, 0, 0, 0, 0, 0}}
HBALAB_CHECK_SIZE(GUID, 16);

#ifdef __cplusplus
#define REFGUID const GUID&
#define REFIID const IID&
#define REFCLSID const IID&
#define IsEqualGUID(a, b) (memcmp(&(a), &(b), sizeof(GUID)) == 0)
#else
#define REFGUID const GUID*
#define REFIID const IID*
#define REFCLSID const IID*
#define IsEqualGUID(a, b) (memcmp((a), (b), sizeof(GUID)) == 0)
#endif
#define InlineIsEqualGUID IsEqualGUID
#define IsEqualIID IsEqualGUID
#define IsEqualCLSID IsEqualGUID

#define HBALAB_DECLARE_GUID(name) EXTERN_C const GUID name
#ifdef __cplusplus
#define HBALAB_DEFINE_GUID(name, ...) \
  extern "C" const GUID name;         \
  extern "C" const GUID DECLSPEC_SELECTANY name = __VA_ARGS__
#else
#define HBALAB_DEFINE_GUID(name, ...) \
  extern const GUID name;             \
  const GUID DECLSPEC_SELECTANY name = __VA_ARGS__
#endif

#endif

/* Again at every inclusion: initguid.h may have come in between. */
#undef DEFINE_GUID
#undef DEFINE_OLEGUID
#ifdef INITGUID
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) \
  HBALAB_DEFINE_GUID(name, {l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}})
#else
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) HBALAB_DECLARE_GUID(name)
#endif
#define DEFINE_OLEGUID(name, l, w1, w2) DEFINE_GUID(name, l, w1, w2, 0xC0, 0, 0, 0, 0, 0, 0, 0x46)
