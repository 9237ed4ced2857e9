/* driverspecs.h: annotations, which mean nothing here. */
#ifndef HBALAB_DRIVERSPECS_FORWARD_H
#define HBALAB_DRIVERSPECS_FORWARD_H

#include "hbalab/sal.h"

#endif
