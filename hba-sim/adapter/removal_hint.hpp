// Why a removal found no persistent login: the record that comes nearest, and in what it differs.
#pragma once

#include <string>

#include "hba-sim/adapter/login_store.hpp"

namespace hbalab::adapter {

// Lines for people: what was asked for, the nearest record, and each member that differs. Judged by
// what is stored now.
[[nodiscard]] std::string explain_missed_removal(const LoginStore& store,
                                                 const RemoveFilter& filter);

}  // namespace hbalab::adapter
