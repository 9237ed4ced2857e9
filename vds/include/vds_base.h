/*
 * What of COM the interfaces of vds.h need, on a 64-bit machine that is not Windows: HRESULT,
 * IUnknown, GUIDs, and macros that declare an interface once for C (lpVtbl) and for C++ (a class).
 * C11 and C++11.
 */
#ifndef HBALAB_VDS_BASE_H
#define HBALAB_VDS_BASE_H

#include "iscsidsc_base.h"

typedef int32_t LONG;
typedef int32_t HRESULT;
typedef int BOOL;
typedef WCHAR* LPWSTR;
typedef const WCHAR* LPCWSTR;
typedef GUID IID;

#ifndef STDMETHODCALLTYPE
#define STDMETHODCALLTYPE
#endif

#ifdef __cplusplus
#define EXTERN_C extern "C"
#define _HRESULT_TYPEDEF_(code) static_cast<HRESULT>(code)
#define REFGUID const GUID&
#define REFIID const IID&
/* Parameters by value go on where enumerators end: a caller may give other numbers. */
#define VDS_ENUM_TYPE : int
#else
#define EXTERN_C extern
#define _HRESULT_TYPEDEF_(code) ((HRESULT)(code))
#define REFGUID const GUID*
#define REFIID const IID*
#define VDS_ENUM_TYPE
#endif

#define S_OK _HRESULT_TYPEDEF_(0)
#define S_FALSE _HRESULT_TYPEDEF_(1)
#define E_UNEXPECTED _HRESULT_TYPEDEF_(0x8000FFFFu)
#define E_NOINTERFACE _HRESULT_TYPEDEF_(0x80004002u)
#define E_POINTER _HRESULT_TYPEDEF_(0x80004003u)
#define E_OUTOFMEMORY _HRESULT_TYPEDEF_(0x8007000Eu)
#define E_INVALIDARG _HRESULT_TYPEDEF_(0x80070057u)

#define SUCCEEDED(result) (_HRESULT_TYPEDEF_(result) >= 0)
#define FAILED(result) (_HRESULT_TYPEDEF_(result) < 0)
/* Of a Win32 code; what is a failing HRESULT already, as every ISDSC_ status is, stays as it is. */
#define HRESULT_FROM_WIN32(code)                          \
  (_HRESULT_TYPEDEF_(code) <= 0 ? _HRESULT_TYPEDEF_(code) \
                                : _HRESULT_TYPEDEF_(((code) & 0x0000FFFFu) | 0x80070000u))

/*
 * DECLARE_INTERFACE_(IName, IBase) { STDMETHOD(Name)(THIS_ parameters) PURE; }; with INTERFACE
 * defined as IName. IUNKNOWN_METHODS comes first where the base is IUnknown.
 */
#if defined(__cplusplus) && !defined(CINTERFACE)
#define STDMETHOD(method) virtual HRESULT STDMETHODCALLTYPE method
#define STDMETHOD_(type, method) virtual type STDMETHODCALLTYPE method
#define PURE = 0
#define THIS_
#define THIS
#define DECLARE_INTERFACE(name) struct name
#define DECLARE_INTERFACE_(name, base) struct name : public base
#define IUNKNOWN_METHODS
#else
#define STDMETHOD(method) HRESULT(STDMETHODCALLTYPE* method)
#define STDMETHOD_(type, method) type(STDMETHODCALLTYPE* method)
#define PURE
#define THIS_ INTERFACE *This,
#define THIS INTERFACE* This
#define DECLARE_INTERFACE(name)         \
  typedef struct name {                 \
    const struct name##Vtbl* lpVtbl;    \
  } name;                               \
  typedef struct name##Vtbl name##Vtbl; \
  struct name##Vtbl
#define DECLARE_INTERFACE_(name, base) DECLARE_INTERFACE(name)
#define IUNKNOWN_METHODS                                               \
  STDMETHOD(QueryInterface)(THIS_ REFIID riid, void** ppvObject) PURE; \
  STDMETHOD_(ULONG, AddRef)(THIS) PURE;                                \
  STDMETHOD_(ULONG, Release)(THIS) PURE;
#endif

/* Interfaces have no destructor: objects end with their last Release. */
#if defined(__cplusplus) && defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
#endif

#define INTERFACE IUnknown
DECLARE_INTERFACE(IUnknown) {
  STDMETHOD(QueryInterface)(THIS_ REFIID riid, void** ppvObject) PURE;
  STDMETHOD_(ULONG, AddRef)(THIS) PURE;
  STDMETHOD_(ULONG, Release)(THIS) PURE;
};
#undef INTERFACE

#if defined(__cplusplus) && defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

EXTERN_C const IID IID_IUnknown;
EXTERN_C const GUID GUID_NULL;

#ifdef __cplusplus
inline bool operator==(REFGUID a, REFGUID b) { return __builtin_memcmp(&a, &b, sizeof(GUID)) == 0; }
inline bool operator!=(REFGUID a, REFGUID b) { return !(a == b); }
inline BOOL IsEqualGUID(REFGUID a, REFGUID b) { return a == b; }
inline BOOL IsEqualIID(REFIID a, REFIID b) { return a == b; }
#else
static inline BOOL IsEqualGUID(REFGUID a, REFGUID b) {
  return __builtin_memcmp(a, b, sizeof(GUID)) == 0;
}
static inline BOOL IsEqualIID(REFIID a, REFIID b) { return IsEqualGUID(a, b); }
#endif

/*
 * Memory that an interface hands to its caller, such as the name in a structure of properties: the
 * caller gives it back. NULL may be given back; CoTaskMemAlloc gives NULL where there is no memory.
 */
EXTERN_C void* CoTaskMemAlloc(size_t size);
EXTERN_C void CoTaskMemFree(void* memory);

#endif
