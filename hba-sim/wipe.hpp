// Secrets must not stay behind in freed memory.
#pragma once

#include <string.h>

#include "hba-sim/types.hpp"

namespace hbalab {

// What is empty has no address, which explicit_bzero must not be given.
inline void wipe(Bytes& bytes) {
  if (!bytes.empty()) explicit_bzero(bytes.data(), bytes.size());
}

}  // namespace hbalab
