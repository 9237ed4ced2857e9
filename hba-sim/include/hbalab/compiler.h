/*
 * What the headers need to be the same for gcc and clang, C and C++, and what drivers expect of
 * Microsoft's compiler. Valid as C99 with GNU extensions, C11 and C++. Attributes are written
 * __attribute, for there are drivers that define __attribute__ as nothing.
 */
#ifndef HBALAB_COMPILER_H
#define HBALAB_COMPILER_H

#if __SIZEOF_POINTER__ != 8
#error "the structures are those of 64-bit Windows: build for a 64-bit target"
#endif

#ifdef __cplusplus
#define HBALAB_STATIC_ASSERT(condition) static_assert(condition, #condition)
#else
#define HBALAB_STATIC_ASSERT(condition) _Static_assert(condition, #condition)
#endif
/* Size and member offsets as the 64-bit Windows compilers lay them out. */
#define HBALAB_CHECK_SIZE(type, size) HBALAB_STATIC_ASSERT(sizeof(type) == (size))
#define HBALAB_CHECK_OFFSET(type, member, offset) \
  HBALAB_STATIC_ASSERT(offsetof(type, member) == (offset))

/*
 * Around the declarations of a header. Inline functions are C also where they are compiled as C++,
 * whose warnings about C casts are not meant for them.
 */
#ifdef __cplusplus
#define HBALAB_EXTERN_C_BEGIN                                                           \
  _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wold-style-cast\"") \
      _Pragma("GCC diagnostic ignored \"-Wpedantic\"") extern "C" {
#define HBALAB_EXTERN_C_END \
  }                         \
  _Pragma("GCC diagnostic pop")
#else
#define HBALAB_EXTERN_C_BEGIN
#define HBALAB_EXTERN_C_END
#endif

#ifdef __cplusplus
#ifndef EXTERN_C
#define EXTERN_C extern "C"
#define EXTERN_C_START extern "C" {
#define EXTERN_C_END }
#endif
#elif !defined(EXTERN_C)
#define EXTERN_C extern
#define EXTERN_C_START
#define EXTERN_C_END
#endif

/* Microsoft's layout of bit fields; hbalab-cc has it for all structures (-mms-bitfields). */
#if defined(__x86_64__) || defined(__i386__)
#define HBALAB_MS_STRUCT __attribute((ms_struct))
#else
#define HBALAB_MS_STRUCT
#endif

/* The kit's own inline functions; a driver's are FORCEINLINE. */
#define HBALAB_INLINE static __inline__ __attribute((unused))

#ifdef HBALAB_DRIVER
/* Keywords of Microsoft's compiler. */
#undef __forceinline
#define __forceinline __inline__ __attribute((always_inline))
#undef __inline
#define __inline __inline__
#define _inline __inline__
#define __unaligned
#define __w64
#define __ptr64
#define __ptr32
#define __based(x)
#define __assume(x) ((void)0)
#define __noop(...) ((void)0)
#define __debugbreak() __builtin_trap()
#define __fastfail(code) __builtin_trap()
#define __nop() ((void)0)
#define _ReturnAddress() __builtin_return_address(0)
#define __int64 long long
#define __int32 int
#define __int16 short
#define __int8 char
#undef __cdecl
#define __cdecl
#undef __stdcall
#define __stdcall
#undef __fastcall
#define __fastcall
#undef __vectorcall
#define __vectorcall
#undef __thiscall
#define __thiscall
#undef __clrcall
#define __clrcall
#define _cdecl
#define _stdcall
#define _fastcall
/* Structured exceptions: nothing raises one here, so that a handler's block never runs. __leave is
 * hbalab-cc's. */
#undef __try
#define __try if (1)
#undef __except
#define __except(filter) else if (((void)(filter)), 0)
#undef __finally
#define __finally
#define EXCEPTION_EXECUTE_HANDLER 1
#define EXCEPTION_CONTINUE_SEARCH 0
#define EXCEPTION_CONTINUE_EXECUTION (-1)
#define GetExceptionCode() 0
#define _exception_code() 0
#define GetExceptionInformation() ((void*)0)
#define AbnormalTermination() 0

#undef __declspec
#define __declspec(what) HBALAB_DECLSPEC_##what
#define _declspec(what) HBALAB_DECLSPEC_##what
#define HBALAB_DECLSPEC_align(bytes) __attribute((aligned(bytes)))
#define HBALAB_DECLSPEC_noreturn __attribute((noreturn))
#define HBALAB_DECLSPEC_noinline __attribute((noinline))
#define HBALAB_DECLSPEC_nothrow __attribute((nothrow))
#define HBALAB_DECLSPEC_selectany __attribute((weak))
#define HBALAB_DECLSPEC_deprecated __attribute((deprecated))
#define HBALAB_DECLSPEC_dllexport __attribute((visibility("default")))
#define HBALAB_DECLSPEC_allocate(section)
#define HBALAB_DECLSPEC_code_seg(section)
#define HBALAB_DECLSPEC_uuid(text)
#define HBALAB_DECLSPEC_dllimport
#define HBALAB_DECLSPEC_naked
#define HBALAB_DECLSPEC_novtable
#define HBALAB_DECLSPEC_restrict
#define HBALAB_DECLSPEC_noalias
#define HBALAB_DECLSPEC_safebuffers
#define HBALAB_DECLSPEC_thread __thread
#define HBALAB_DECLSPEC_guard(what)
#define HBALAB_DECLSPEC_empty_bases
#define HBALAB_DECLSPEC_hybrid_patchable
#endif

#define DECLSPEC_ALIGN(bytes) __attribute((aligned(bytes)))
#define DECLSPEC_NORETURN __attribute((noreturn))
#define DECLSPEC_NOINLINE __attribute((noinline))
#define DECLSPEC_SELECTANY __attribute((weak))
#define DECLSPEC_CACHEALIGN DECLSPEC_ALIGN(64)
#define DECLSPEC_DEPRECATED
#define DECLSPEC_DEPRECATED_DDK
#define DECLSPEC_IMPORT
#define DECLSPEC_EXPORT
#define DECLSPEC_NOVTABLE
#define DECLSPEC_UUID(text)
#define DECLSPEC_ADDRSAFE
#define DECLSPEC_GUARDNOCF

#ifndef FORCEINLINE
#ifdef HBALAB_DRIVER
#define FORCEINLINE __forceinline
#else
#define FORCEINLINE HBALAB_INLINE
#endif
#endif
#define CFORCEINLINE FORCEINLINE

#endif
