// Requests as a driver gets them: WNODEs.
#pragma once

#include <cstddef>
#include <memory>

#include "tests/conformance/subject.hpp"
#include "wmi-model/wnode.hpp"

namespace hbalab::conform {

// Where a request goes.
struct Place {
  std::shared_ptr<wmi::WmiProvider> provider;
  wmi::InstanceKey key;
};

// The WNODE of a request, with room for so many bytes of data.
[[nodiscard]] wmi::WnodeBuffer pack(const Request& request, const wmi::InstanceKey& key,
                                    std::size_t room);
// Whether the answer has data.
[[nodiscard]] bool answers_data(wmi::MinorFunction minor);
// Bytes of an answer that are not its data.
[[nodiscard]] std::size_t overhead_of(const Request& request, const Place& place);

}  // namespace hbalab::conform
