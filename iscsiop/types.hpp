// Member types of the structures: little-endian whatever the machine, aligned as on x64, trivial,
// so that a structure can be laid over a block.
#pragma once

#include <array>
#include <boost/endian/arithmetic.hpp>
#include <cstdint>

namespace hbalab::iscsi {

using Le16 = boost::endian::little_uint16_at;  // USHORT, WCHAR
using Le32 = boost::endian::little_uint32_at;  // ULONG
using Le64 = boost::endian::little_uint64_at;  // ULONGLONG

// A GUID as Windows keeps it in memory: the first three fields little-endian.
using Guid16 = std::array<std::uint8_t, 16>;

}  // namespace hbalab::iscsi
