// The one place that includes libfuse's low-level API, so that all sources agree on its version.
#pragma once

#ifndef FUSE_USE_VERSION
#define FUSE_USE_VERSION 314
#endif
#include <fuse_lowlevel.h>
