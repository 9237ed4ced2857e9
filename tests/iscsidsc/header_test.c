/* The header by itself: as C, and with a wchar_t of 16 bits, so that L"..." is a WCHAR string. */
#include "iscsidsc.h"

_Static_assert(sizeof(wchar_t) == sizeof(WCHAR), "-fshort-wchar");
_Static_assert(ISDSC_TARGET_NOT_FOUND == 0xEFFF0029, "the statuses are there");

PWSTR dsc_test_wide_text(void);
ISDSC_STATUS dsc_test_version_from_c(PISCSI_VERSION_INFO info);

PWSTR dsc_test_wide_text(void) {
  static WCHAR text[] = L"wide";
  return text;
}

ISDSC_STATUS dsc_test_version_from_c(PISCSI_VERSION_INFO info) {
  return GetIScsiVersionInformation(info);
}
