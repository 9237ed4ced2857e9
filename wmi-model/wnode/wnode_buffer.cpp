#include <new>

#include "wmi-model/provider.hpp"

namespace hbalab::wmi {

// Plain operator new already gives the alignment that the header promises.
static_assert(__STDCPP_DEFAULT_NEW_ALIGNMENT__ >= 16);

WnodeBuffer::WnodeBuffer(std::size_t capacity)
    : data_(static_cast<std::uint8_t*>(::operator new(capacity))), capacity_(capacity) {}

void WnodeBuffer::Free::operator()(std::uint8_t* p) const { ::operator delete(p); }

}  // namespace hbalab::wmi
