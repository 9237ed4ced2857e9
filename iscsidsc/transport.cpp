#include "iscsidsc/transport.hpp"

#include <mutex>

namespace hbalab::dsc {
namespace {

struct Installed {
  std::mutex mutex;
  std::shared_ptr<Transport> transport;  // null: the tree, made when somebody asks
};

// Never destroyed: a program's own threads may still be in a call when it ends.
Installed& installed() {
  static auto* const instance = new Installed;
  return *instance;
}

}  // namespace

std::string device_of(const std::string& instance) {
  std::size_t digits = instance.size();
  while (digits > 0 && instance[digits - 1] >= '0' && instance[digits - 1] <= '9') --digits;
  if (digits == 0 || digits == instance.size() || instance[digits - 1] != '_') return instance;
  return instance.substr(0, digits - 1);
}

std::shared_ptr<Transport> transport() {
  Installed& state = installed();
  const std::scoped_lock lock(state.mutex);
  if (!state.transport) state.transport = make_tree_transport();
  return state.transport;
}

void install_transport(std::shared_ptr<Transport> transport) {
  Installed& state = installed();
  const std::scoped_lock lock(state.mutex);
  state.transport.swap(transport);
}

}  // namespace hbalab::dsc
