// A call of call.bin in one request of the kernel, by ioctl, for programs that call often: a write
// and a read do the same in two.
#pragma once

#include <sys/ioctl.h>

#include <cstdint>

namespace hbalab::fs {

struct Transaction {
  std::uint32_t size;  // bytes of IN; afterwards of OUT, of which as much is here as fits
  std::uint8_t block[4092];
};
static_assert(sizeof(Transaction) == 4096);
// The whole of OUT can be read from offset 0 of the handle. What write(2) is refused with refuses
// this, too; EINVAL: a size beyond the block's; EBADF: the handle is not open for writing.
inline constexpr unsigned long kTransactionIoctl = _IOWR('h', 2, Transaction);

}  // namespace hbalab::fs
