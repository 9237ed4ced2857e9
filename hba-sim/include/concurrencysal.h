/* concurrencysal.h: annotations, which mean nothing here. */
#ifndef HBALAB_CONCURRENCYSAL_FORWARD_H
#define HBALAB_CONCURRENCYSAL_FORWARD_H

#include "hbalab/sal.h"

#endif
