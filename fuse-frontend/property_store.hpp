// Writing a property: text -> value -> data item -> driver.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "fuse-frontend/core.hpp"

namespace hbalab::fs {

// A member of an embedded object or of an element is written with the whole property around it, as
// it is in the driver at that moment, because WMI sets properties of the class only. `done` runs
// once.
void store_property(Core& core, const Target& target, std::string_view text,
                    const std::shared_ptr<PendingReply>& pending,
                    std::move_only_function<void(std::expected<void, Failure>)> done);

}  // namespace hbalab::fs
