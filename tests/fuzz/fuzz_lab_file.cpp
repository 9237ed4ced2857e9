// Any text is either a lab, which a fabric can be made of, or a list of errors that have messages.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "hba-sim/clock.hpp"
#include "hba-sim/fabric/simulated.hpp"
#include "hba-sim/lab/config.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto config = hbalab::lab::parse_lab("fuzz", text);
  if (!config) {
    if (config.error().empty()) std::abort();
    for (const auto& error : config.error()) {
      if (error.message.empty() || error.to_string().empty()) std::abort();
    }
    return 0;
  }
  if (config->adapters.empty() || config->adapters[0].ports.empty()) std::abort();
  const hbalab::fabric::SimulatedFabric fabric(*config, std::make_shared<hbalab::VirtualClock>());
  // What the reader accepted, the fabric takes whole.
  if (fabric.target_names().size() != config->targets.size()) std::abort();
  return 0;
}
