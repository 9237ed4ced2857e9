// The SCSI side of a simulated target: what its logical units answer (SPC-4, SBC-3, SAM-5).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string_view>

#include "hba-sim/fabric/fabric.hpp"
#include "hba-sim/lab/config.hpp"

namespace hbalab::fabric {

using LunMap = std::map<std::uint64_t, lab::LunConfig>;

inline constexpr std::uint8_t kScsiGood = 0x00, kScsiCheckCondition = 0x02,
                              kScsiReservationConflict = 0x18;

// A LUN as callers give it: a plain number below 2^32, or the eight bytes of SAM-5 4.7 read as one
// big-endian number (peripheral, flat space or extended flat addressing). Nothing: no such form.
[[nodiscard]] std::optional<std::uint64_t> decode_lun(std::uint64_t lun);
// The eight bytes, big-endian, as REPORT LUNS gives them: peripheral below 256, then flat space.
[[nodiscard]] std::uint64_t encode_lun(std::uint64_t number);

// The unit attention conditions that one initiator has to hear of, at the units of one target; each
// is reported once (SAM-5 5.14).
class UnitAttentions {
 public:
  // CAPACITY DATA HAS CHANGED, at one unit.
  void capacity_changed(std::uint64_t lun) { resized_.insert(lun); }
  // REPORTED LUNS DATA HAS CHANGED, at every unit.
  void inventory_changed();
  void removed(std::uint64_t lun) { resized_.erase(lun); }
  // REPORT LUNS was answered: what it told need not be told again.
  void reported_luns();
  // The condition to report next at a unit: additional sense code, and qualifier in the low byte.
  [[nodiscard]] std::optional<std::uint16_t> take(std::uint64_t lun);

 private:
  bool inventory_ = false;
  std::set<std::uint64_t> told_;     // units that have reported the inventory
  std::set<std::uint64_t> resized_;  // units whose size is to be reported
};

// Executes one command. `allocation` is the room of the initiator; data is cut to it and to the
// allocation length in the CDB, whichever is smaller. `target` is the name that identifiers are
// made from.
[[nodiscard]] ScsiResponse execute_scsi(const LunMap& luns, UnitAttentions& attentions,
                                        std::string_view target, std::uint64_t lun,
                                        std::span<const std::uint8_t> cdb,
                                        std::uint32_t allocation);

}  // namespace hbalab::fabric
