// Secrets must not stay behind in freed memory.
#pragma once

#include <string.h>

#include "hba-sim/types.hpp"

namespace hbalab {

inline void wipe(Bytes& bytes) { explicit_bzero(bytes.data(), bytes.size()); }

}  // namespace hbalab
