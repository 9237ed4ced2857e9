// IEnumVdsObject over objects that were there when it was made.
#pragma once

#include <vector>

#include "vds/com.hpp"

namespace hbalab::vds {

using ObjectList = std::vector<Reference<IUnknown>>;

[[nodiscard]] IEnumVdsObject* make_enumeration(ObjectList objects);

}  // namespace hbalab::vds
