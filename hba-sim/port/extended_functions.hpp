// Storport's extended functions behind their one entry.
#pragma once

#include <cstdarg>
#include <cstdint>

namespace hbalab::port {

// `code`: STORPORT_FUNCTION_CODE. A function that the lab does not have raises a fault that names
// it.
[[nodiscard]] std::uint32_t call_extended_function(unsigned code, void* device_extension,
                                                   std::va_list arguments);

}  // namespace hbalab::port
