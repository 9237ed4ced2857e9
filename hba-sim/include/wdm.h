/* The kernel's interface, as far as miniports use it. */
#ifndef HBALAB_WDM_H
#define HBALAB_WDM_H
#define _WDMDDK_
#define _NTDDK_

#include "guiddef.h"
#include "hbalab/bus_types.h"
#include "hbalab/debug.h"
#include "hbalab/interlocked.h"
#include "hbalab/kernel.h"
#include "hbalab/lists.h"
#include "hbalab/objects.h"
#include "hbalab/pci.h"
#include "hbalab/registers.h"
#include "hbalab/rtl.h"
#include "ntdef.h"
#include "ntstatus.h"

#endif
