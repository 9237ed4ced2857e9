/*
 * The Storport interface: what DriverEntry hands over, what HwFindAdapter fills in, and the
 * services of the port driver.
 */
#ifndef HBALAB_STORPORT_H
#define HBALAB_STORPORT_H
#define _NTSTORPORT_

#include "hbalab/debug.h"
#include "hbalab/interlocked.h"
#include "hbalab/pci.h"
#include "hbalab/rtl.h"
#include "hbalab/storport_functions.h"
#include "ntdef.h"
#include "scsi.h"
#include "srb.h"
#include "wmistr.h"

#endif
