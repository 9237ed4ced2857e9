// What a driver is asked before it stops: requests that no case makes, because what they change is
// not known. Nobody looks at the answers; the checker does.
#pragma once

#include "tests/conformance/context.hpp"

namespace hbalab::conform {

// Leaves requests under way where the driver pends them.
void make_last_requests(Context& context);

}  // namespace hbalab::conform
