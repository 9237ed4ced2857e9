/* sal.h: annotations, which mean nothing here. */
#ifndef HBALAB_SAL_FORWARD_H
#define HBALAB_SAL_FORWARD_H

#include "hbalab/sal.h"

#endif
