// The IN blocks of the methods that commands call.
#pragma once

#include <vector>

#include "hba-sim/types.hpp"
#include "iscsiop/types.hpp"
#include "tests/hba-sim/surface_model.hpp"

namespace hbalab::surface {

// The numbers that the adapter made up, of what a command is about; those of nobody by default.
struct Ids {
  std::uint64_t adapter = 1, session = 0x123456789ull;
  std::vector<std::uint64_t> connections;  // the leading one first
};

[[nodiscard]] Bytes in_block(const Command& command, const Ids& ids, const Session* session);
// The class that has the method, and the method's id there.
[[nodiscard]] const iscsi::Guid16& class_of(Kind kind);
[[nodiscard]] std::uint32_t method_id(Kind kind);
// Whether the method may end later, when time has passed.
[[nodiscard]] bool waits_for_fabric(Kind kind);
[[nodiscard]] Bytes session_config_block(const Command& command);
[[nodiscard]] Bytes discovery_config_block(const Command& command);
[[nodiscard]] Bytes boot_config_block(const Command& command);

}  // namespace hbalab::surface
