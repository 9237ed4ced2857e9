/* The kernel's interface for file systems, of which miniports take what is in ntddk.h. */
#ifndef HBALAB_NTIFS_H
#define HBALAB_NTIFS_H

#include "ntddk.h"

#endif
