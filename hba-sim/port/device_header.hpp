// What lies in front of a device extension, so that a service finds its adapter from what miniports
// pass: the extension's address.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hbalab::port {

class Core;

struct DeviceHeader {
  static constexpr std::uint64_t kMagic = 0x45584448'6C626168ULL;
  std::uint64_t magic;
  Core* core;
};

// Keeps the extension aligned to cache lines.
inline constexpr std::size_t kDeviceHeaderSize = 64;
static_assert(sizeof(DeviceHeader) <= kDeviceHeaderSize);

}  // namespace hbalab::port
