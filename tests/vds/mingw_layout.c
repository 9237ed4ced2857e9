/* The layout that the library's own header has, checked with mingw-w64's compiler and header. */
#define _WIN32_WINNT 0x0600
/* clang-format off */
#include <windows.h>
#include <stddef.h>
/* It defines again what vds.h has. */
#define __vdslun_h__
#include <vds.h>
/* clang-format on */

#include "vds/layout_checks.inc"
