// Where the operating system sees targets and logical units: bus and target numbers of sessions,
// LUN numbers of the units behind them.
#pragma once

#include <bitset>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "hba-sim/adapter/hba.hpp"

namespace hbalab::adapter {

// Whether the caller of LoginToTarget asked for a bus and target number. A mapping that is all zero
// (no name, no LUNs, bus 0, target 0) is one that was left out; 0xFFFFFFFF leaves a number open.
[[nodiscard]] bool asks_for_place(const TargetMapping& mapping);
// What can be judged without looking at other sessions: ISDSC_INVALID_TARGET_MAPPING for another
// target's name or a LUN mapped twice, ISDSC_TARGET_MAPPING_OUT_OF_RANGE for an OS LUN above 255 or
// too many LUNs.
[[nodiscard]] iscsi::IsdscStatus check_mapping(const TargetMapping& mapping,
                                               const IscsiName& target);

// Bus and target numbers: as many buses as max_sessions needs. Lowest free first. Number 255 is
// none (SP_UNTAGGED), so that an adapter has 65,025 places at most.
class OsTargetMap {
 public:
  static constexpr std::uint32_t kTargetsPerBus = 255;
  static constexpr std::uint32_t kMaxBuses = 255;
  static constexpr std::uint32_t kAny = 0xFFFFFFFFu;
  explicit OsTargetMap(std::uint32_t max_sessions);

  // ISDSC_TARGET_MAPPING_OUT_OF_RANGE: no such bus or target; ISDSC_TARGET_MAPPING_EXISTS: taken by
  // this target already; ISDSC_TARGET_MAPPING_UNAVAILABLE: taken by another, or nothing is free.
  [[nodiscard]] std::expected<OsTarget, iscsi::IsdscStatus> reserve(const TargetMapping& mapping,
                                                                    const std::string& target);
  void bind(OsTarget place, SessionId session);
  void release(OsTarget place);
  // The session behind a place, if one is bound.
  [[nodiscard]] std::optional<SessionId> session(OsTarget place) const;
  void clear();
  [[nodiscard]] std::uint32_t buses() const { return places_ / kTargetsPerBus; }

 private:
  struct Entry {
    std::string target;
    std::optional<SessionId> session;
  };
  [[nodiscard]] std::optional<std::uint32_t> first_free(std::uint32_t begin, std::uint32_t end,
                                                        std::uint32_t step) const;
  const std::uint32_t places_;
  std::vector<bool> used_;
  std::uint32_t lowest_free_ = 0;  // nothing below is free
  std::unordered_map<std::uint32_t, Entry> entries_;
};

// The OS LUNs of one session. Those that the caller mapped keep their number; the others get the
// lowest free one. A unit that goes and comes back gets the same number again while there is room.
class LunAssignment {
 public:
  static constexpr std::size_t kMaxLuns = 256;
  LunAssignment() = default;
  explicit LunAssignment(const TargetMapping& mapping);
  // By OS LUN, ascending. What does not fit is left out, highest target LUNs first.
  [[nodiscard]] std::vector<SessionInfo::Lun> update(std::vector<std::uint64_t> target_luns);

 private:
  std::map<std::uint64_t, std::uint8_t> assigned_;
  std::bitset<kMaxLuns> fixed_;
  std::bitset<kMaxLuns> used_;
};

// The units of a REPORT LUNS parameter list (SPC-4 6.33) as numbers: peripheral and flat addressing
// give the plain LUN, anything else the eight bytes as they are. Bounded by what is there.
[[nodiscard]] std::vector<std::uint64_t> parse_report_luns(std::span<const std::uint8_t> data);
// REPORT LUNS (A0h), select report 0.
[[nodiscard]] Bytes report_luns_cdb(std::uint32_t allocation);

}  // namespace hbalab::adapter
