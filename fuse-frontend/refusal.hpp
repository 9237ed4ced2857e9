// How a handle that cannot be read says why its newest write was refused: by ioctl, because what is
// written only, a secret, gives nothing to read.
#pragma once

#include <sys/ioctl.h>

namespace hbalab::fs {

struct Refusal {
  char
      text[4096];  // JSON, as other handles have it; zeros behind it, and alone where there is none
};
inline constexpr unsigned long kRefusalIoctl = _IOR('h', 1, Refusal);

}  // namespace hbalab::fs
