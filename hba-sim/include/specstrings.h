/* specstrings.h: annotations, which mean nothing here. */
#ifndef HBALAB_SPECSTRINGS_FORWARD_H
#define HBALAB_SPECSTRINGS_FORWARD_H

#include "hbalab/sal.h"

#endif
