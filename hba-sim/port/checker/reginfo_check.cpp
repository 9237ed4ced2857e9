// Registration information: WMIREGINFO and what follows it.
#include <algorithm>
#include <bit>

#include "hba-sim/include/wmistr.h"
#include "hba-sim/port/checker/exchange.hpp"
#include "wmi-model/wnode/wnode_layout.hpp"

namespace hbalab::check {
namespace {

using namespace wmi::wnode;

constexpr std::uint32_t kStaticNames =
    WMIREG_FLAG_INSTANCE_LIST | WMIREG_FLAG_INSTANCE_BASENAME | WMIREG_FLAG_INSTANCE_PDO;

class RegInfoCheck {
 public:
  RegInfoCheck(View info, Findings& findings) : info_(info), findings_(findings) {}

  void run() {
    for (std::size_t at = 0;;) {
      if (!one(at)) return;
      const std::uint32_t next = load32(info_, at + kRegNext);
      if (next == 0) break;
      if (next % 8 != 0 || !fits(at + std::uint64_t{next}, kRegGuids, at + 1, info_.size())) {
        malformed(at + kRegNext, "NextWmiRegInfo at a multiple of 8 inside the answer",
                  std::to_string(next));
        return;
      }
      at += next;
    }
    if (guids_.empty()) {
      findings_.add(Rule::reginfo_empty, "at least one GUID", "GuidCount 0");
    }
  }

 private:
  // One WMIREGINFO; whether the next one can be looked for.
  bool one(std::size_t at) {
    if (!fits(at, kRegGuids, 0, info_.size())) {
      malformed(at, "a WMIREGINFO of " + bytes_text(kRegGuids),
                bytes_text(info_.size() - std::min(at, info_.size())));
      return false;
    }
    const std::uint32_t size = load32(info_, at + kRegBufferSize);
    if (size > info_.size() - at || size < kRegGuids) {
      malformed(at + kRegBufferSize,
                "BufferSize between " + std::to_string(kRegGuids) + " and " +
                    std::to_string(info_.size() - at),
                std::to_string(size));
      return false;
    }
    const std::uint32_t count = load32(info_, at + kRegGuidCount);
    const std::uint64_t end = at + kRegGuids + std::uint64_t{count} * kRegGuidSize;
    if (end > at + size) {
      malformed(at + kRegGuidCount, "GUIDs inside the BufferSize of " + std::to_string(size),
                std::to_string(count) + " GUIDs");
      return false;
    }
    for (const std::size_t field : {kRegRegistryPath, kRegMofResource}) {
      const std::uint32_t offset = load32(info_, at + field);
      if (offset != 0 && !string(at + std::uint64_t{offset}, end)) {
        malformed(at + field, "the offset of a counted string behind the GUIDs",
                  std::to_string(offset));
      }
    }
    for (std::uint32_t i = 0; i < count; ++i) guid(at, at + kRegGuids + i * kRegGuidSize, end);
    return true;
  }

  void guid(std::size_t base, std::size_t at, std::uint64_t end) {
    wmi::Guid guid;
    std::copy_n(info_.begin() + static_cast<std::ptrdiff_t>(at), guid.bytes.size(),
                guid.bytes.begin());
    if (std::ranges::find(guids_, guid) != guids_.end()) {
      findings_.add_at(Rule::reginfo_guid_repeated, info_, static_cast<std::int64_t>(at),
                       "each GUID once", guid.to_string() + " again");
    }
    guids_.push_back(guid);
    names(guid, base, at, end);
  }

  void names(const wmi::Guid& guid, std::size_t base, std::size_t at, std::uint64_t end) {
    const std::uint32_t flags = load32(info_, at + kRegGuidFlags);
    if ((flags & WMIREG_FLAG_REMOVE_GUID) != 0) return;
    const bool dynamic = load32(info_, at + kRegGuidInstanceCount) == kDynamicInstances;
    const int ways = std::popcount(flags & kStaticNames);
    if (ways != (dynamic ? 0 : 1)) {
      findings_.add_at(Rule::reginfo_names, info_, static_cast<std::int64_t>(at + kRegGuidFlags),
                       dynamic ? "no flag for static names, because InstanceCount is 0xFFFFFFFF"
                               : "one flag for static names",
                       "flags " + hex_text(flags, 8) + " for " + guid.to_string());
      return;
    }
    if ((flags & (WMIREG_FLAG_INSTANCE_LIST | WMIREG_FLAG_INSTANCE_BASENAME)) == 0) return;
    const std::uint32_t offset = load32(info_, at + kRegGuidInstanceInfo);
    if (!string(base + std::uint64_t{offset}, end)) {
      malformed(at + kRegGuidInstanceInfo, "the offset of a counted string behind the GUIDs",
                std::to_string(offset));
    }
  }

  [[nodiscard]] bool string(std::uint64_t offset, std::uint64_t from) const {
    if (!fits(offset, sizeof(std::uint16_t), from, info_.size())) return false;
    const auto size = load<std::uint16_t>(info_, static_cast<std::size_t>(offset));
    return size % 2 == 0 && fits(offset + 2, size, from, info_.size());
  }

  void malformed(std::size_t offset, std::string expected, std::string found) {
    findings_.add_at(Rule::reginfo_malformed, info_, static_cast<std::int64_t>(offset),
                     std::move(expected), std::move(found));
  }

  View info_;
  Findings& findings_;
  std::vector<wmi::Guid> guids_;
};

}  // namespace

void check_reginfo(View info, Findings& findings) { RegInfoCheck(info, findings).run(); }

}  // namespace hbalab::check
