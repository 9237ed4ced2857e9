/* Constants, sizes and offsets of the API are those of api.json, which are 64-bit Windows'. */
#include <stddef.h>

#include "iscsidsc.h"

#define HBALAB_DSC_CHECK(condition) _Static_assert(condition, #condition);
#define HBALAB_DSC_ALIGNOF(type) _Alignof(type)
#define HBALAB_DSC_SIZEOF(type, member) sizeof(((type*)0)->member)
#include "iscsidsc/layout_checks.inc"
