/* kernelspecs.h: annotations, which mean nothing here. */
#ifndef HBALAB_KERNELSPECS_FORWARD_H
#define HBALAB_KERNELSPECS_FORWARD_H

#include "hbalab/sal.h"

#endif
