/* What hbalab-cc includes before everything else. */
#ifndef HBALAB_DRIVER_H
#define HBALAB_DRIVER_H

#include "../sdkddkver.h"
#include "compiler.h"

#endif
