/* Headers that come after this one define the GUIDs that they name; no guard: see guiddef.h. */
#ifndef INITGUID
#define INITGUID
#endif
#include "guiddef.h"
