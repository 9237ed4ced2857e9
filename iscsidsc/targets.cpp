#include "iscsidsc/targets.hpp"

namespace hbalab::dsc {

Outcome<KnownTarget> find_target(const std::u16string& name) {
  KnownTarget target;
  const auto status = read_state([&](State& state) {
    target.instances = state.discovered(name);
    target.configured = state.static_target(name);
    return ISDSC_SUCCESS;
  });
  if (status != ISDSC_SUCCESS) return std::unexpected(status);
  if (!target.visible()) return std::unexpected(ISDSC_TARGET_NOT_FOUND);
  return target;
}

}  // namespace hbalab::dsc
