/* Control codes of devices. */
#ifndef HBALAB_DEVIOCTL_H
#define HBALAB_DEVIOCTL_H
#define _DEVIOCTL_

#include "hbalab/ioctl.h"
#include "ntdef.h"

#endif
