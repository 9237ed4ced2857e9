/* What miniports need that include none of the kernel's headers. */
#ifndef HBALAB_MINIPORT_H
#define HBALAB_MINIPORT_H
#define _MINIPORT_

#include "guiddef.h"
#include "hbalab/bus_types.h"
#include "hbalab/debug.h"
#include "hbalab/interlocked.h"
#include "hbalab/lists.h"
#include "hbalab/pci.h"
#include "hbalab/registers.h"
#include "hbalab/rtl.h"
#include "ntdef.h"

#endif
