#include "hba-sim/adapter/mapping.hpp"

#include <algorithm>
#include <set>

namespace hbalab::adapter {

using iscsi::IsdscStatus;

bool asks_for_place(const TargetMapping& mapping) {
  return !mapping.target_name.empty() || !mapping.luns.empty() || mapping.os_bus != 0 ||
         mapping.os_target != 0;
}

IsdscStatus check_mapping(const TargetMapping& mapping, const IscsiName& target) {
  if (!mapping.target_name.empty() && !(IscsiName(mapping.target_name) == target)) {
    return iscsi::ISDSC_INVALID_TARGET_MAPPING;
  }
  if (mapping.luns.size() > LunAssignment::kMaxLuns)
    return iscsi::ISDSC_TARGET_MAPPING_OUT_OF_RANGE;
  std::set<std::uint64_t> target_luns;
  std::bitset<LunAssignment::kMaxLuns> os_luns;
  for (const auto& lun : mapping.luns) {
    if (lun.os_lun >= LunAssignment::kMaxLuns) return iscsi::ISDSC_TARGET_MAPPING_OUT_OF_RANGE;
    if (os_luns.test(lun.os_lun) || !target_luns.insert(lun.target_lun).second) {
      return iscsi::ISDSC_INVALID_TARGET_MAPPING;
    }
    os_luns.set(lun.os_lun);
  }
  return iscsi::ISDSC_SUCCESS;
}

OsTargetMap::OsTargetMap(std::uint32_t max_sessions)
    : places_(kTargetsPerBus *
              std::clamp<std::uint32_t>((max_sessions + kTargetsPerBus - 1) / kTargetsPerBus, 1,
                                        kMaxBuses)),
      used_(places_) {}

std::optional<std::uint32_t> OsTargetMap::first_free(std::uint32_t begin, std::uint32_t end,
                                                     std::uint32_t step) const {
  for (auto place = begin; place < end; place += step) {
    if (!used_[place]) return place;
  }
  return std::nullopt;
}

std::expected<OsTarget, IsdscStatus> OsTargetMap::reserve(const TargetMapping& mapping,
                                                          const std::string& target) {
  const bool asked = asks_for_place(mapping);
  const auto bus = asked ? mapping.os_bus : kAny;
  const auto number = asked ? mapping.os_target : kAny;
  if ((bus != kAny && bus >= places_ / kTargetsPerBus) ||
      (number != kAny && number >= kTargetsPerBus)) {
    return std::unexpected(iscsi::ISDSC_TARGET_MAPPING_OUT_OF_RANGE);
  }
  const auto begin = (bus != kAny ? bus * kTargetsPerBus : 0) + (number != kAny ? number : 0);
  const auto end = bus != kAny ? (bus + 1) * kTargetsPerBus : places_;
  std::optional<std::uint32_t> place;
  if (bus != kAny && number != kAny) {
    if (const auto taken = entries_.find(begin); taken != entries_.end()) {
      return std::unexpected(taken->second.target == target
                                 ? iscsi::ISDSC_TARGET_MAPPING_EXISTS
                                 : iscsi::ISDSC_TARGET_MAPPING_UNAVAILABLE);
    }
    place = begin;
  } else {
    const bool anywhere = bus == kAny && number == kAny;
    place = first_free(anywhere ? lowest_free_ : begin, end, number != kAny ? kTargetsPerBus : 1);
    if (anywhere) lowest_free_ = place ? *place + 1 : places_;
  }
  if (!place) return std::unexpected(iscsi::ISDSC_TARGET_MAPPING_UNAVAILABLE);
  used_[*place] = true;
  entries_.emplace(*place, Entry{target, std::nullopt});
  return OsTarget{static_cast<std::uint8_t>(*place / kTargetsPerBus),
                  static_cast<std::uint8_t>(*place % kTargetsPerBus)};
}

namespace {
std::uint32_t index_of(OsTarget place) {
  return place.bus * OsTargetMap::kTargetsPerBus + place.target;
}
}  // namespace

void OsTargetMap::bind(OsTarget place, SessionId session) {
  const auto entry = entries_.find(index_of(place));
  if (entry != entries_.end()) entry->second.session = session;
}

void OsTargetMap::release(OsTarget place) {
  const auto index = index_of(place);
  if (entries_.erase(index) == 0) return;
  used_[index] = false;
  lowest_free_ = std::min(lowest_free_, index);
}

std::optional<SessionId> OsTargetMap::session(OsTarget place) const {
  const auto entry = entries_.find(index_of(place));
  return entry != entries_.end() ? entry->second.session : std::nullopt;
}

void OsTargetMap::clear() {
  entries_.clear();
  used_.assign(places_, false);
  lowest_free_ = 0;
}

LunAssignment::LunAssignment(const TargetMapping& mapping) {
  for (const auto& lun : mapping.luns) {
    if (lun.os_lun >= kMaxLuns || used_.test(lun.os_lun)) continue;
    if (!assigned_.emplace(lun.target_lun, static_cast<std::uint8_t>(lun.os_lun)).second) continue;
    used_.set(lun.os_lun);
    fixed_.set(lun.os_lun);
  }
}

std::vector<SessionInfo::Lun> LunAssignment::update(std::vector<std::uint64_t> target_luns) {
  std::ranges::sort(target_luns);
  const auto tail = std::ranges::unique(target_luns);
  target_luns.erase(tail.begin(), tail.end());
  std::size_t fresh = 0;
  for (const auto lun : target_luns) fresh += assigned_.contains(lun) ? 0 : 1;
  if (used_.count() + fresh > kMaxLuns) {
    // Numbers of units that are gone are given to others only when there are no more.
    std::erase_if(assigned_, [&](const auto& entry) {
      const bool gone = !std::ranges::binary_search(target_luns, entry.first);
      if (gone && !fixed_.test(entry.second)) used_.reset(entry.second);
      return gone && !fixed_.test(entry.second);
    });
  }
  std::vector<SessionInfo::Lun> out;
  std::size_t next = 0;
  for (const auto lun : target_luns) {
    auto entry = assigned_.find(lun);
    if (entry == assigned_.end()) {
      while (next < kMaxLuns && used_.test(next)) ++next;
      if (next == kMaxLuns) continue;
      used_.set(next);
      entry = assigned_.emplace(lun, static_cast<std::uint8_t>(next)).first;
    }
    out.push_back({lun, entry->second});
  }
  std::ranges::sort(out, {}, &SessionInfo::Lun::os_lun);
  return out;
}

std::vector<std::uint64_t> parse_report_luns(std::span<const std::uint8_t> data) {
  std::vector<std::uint64_t> out;
  if (data.size() < 8) return out;
  const std::size_t listed = (std::size_t{data[0]} << 24) | (std::size_t{data[1]} << 16) |
                             (std::size_t{data[2]} << 8) | data[3];
  const auto entries = std::min(listed, data.size() - 8) / 8;
  out.reserve(entries);
  for (std::size_t i = 0; i < entries; ++i) {
    const auto entry = data.subspan(8 + 8 * i, 8);
    std::uint64_t whole = 0;
    for (const auto byte : entry) whole = (whole << 8) | byte;
    const bool one_level = (whole & 0x0000FFFFFFFFFFFFu) == 0;
    const auto method = entry[0] >> 6;
    if (one_level && method == 0 && (entry[0] & 0x3F) == 0) {
      out.push_back(entry[1]);
    } else if (one_level && method == 1) {
      out.push_back((std::uint64_t{entry[0]} & 0x3F) << 8 | entry[1]);
    } else {
      out.push_back(whole);
    }
  }
  return out;
}

Bytes report_luns_cdb(std::uint32_t allocation) {
  Bytes cdb(12, 0);
  cdb[0] = 0xA0;
  for (std::size_t i = 0; i < 4; ++i)
    cdb[6 + i] = static_cast<std::uint8_t>(allocation >> (24 - 8 * i));
  return cdb;
}

}  // namespace hbalab::adapter
