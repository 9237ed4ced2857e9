// Secrets must not stay behind in freed memory.
#pragma once

#include <string.h>

#include "hba-sim/types.hpp"

namespace hbalab {

// What is empty has no address, which explicit_bzero must not be given.
inline void wipe(Bytes& bytes) {
  if (std::uint8_t* const begin = bytes.data()) explicit_bzero(begin, bytes.size());
}

}  // namespace hbalab
