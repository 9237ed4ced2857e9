// Secrets must not stay behind in freed memory.
#pragma once

#include <string.h>

#include <string>

#include "hba-sim/types.hpp"

namespace hbalab {

// What is empty has no address, which explicit_bzero must not be given.
inline void wipe(Bytes& bytes) {
  if (std::uint8_t* const begin = bytes.data()) explicit_bzero(begin, bytes.size());
}

// Also what lies behind its end, such as what a short text leaves where it was moved from.
inline void wipe(std::string& text) {
  text.resize(text.capacity());
  explicit_bzero(text.data(), text.size());
  text.clear();
}

}  // namespace hbalab
