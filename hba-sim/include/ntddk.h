/* The kernel's interface; here all that is there is in wdm.h. */
#ifndef HBALAB_NTDDK_H
#define HBALAB_NTDDK_H

#include "wdm.h"

#endif
