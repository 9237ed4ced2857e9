// ISCSI_TARGET_MAPPING in answers: the structures one behind the other, then their LUN lists.
#pragma once

#include <vector>

#include "iscsidsc/image.hpp"
#include "iscsidsc/initiators.hpp"

namespace hbalab::dsc {

[[nodiscard]] TargetMapping mapping_of(const iscsi::TargetMappingView& view,
                                       const std::string& initiator, ULONGLONG adapter);

template <typename V>
typename V::Mapping mapping_info(const TargetMapping& mapping) {
  typename V::Mapping out{};
  write_member<V>(out.InitiatorName, mapping.initiator);
  write_member<V>(out.TargetName, mapping.target);
  write_member<V>(out.OSDeviceName, mapping.device);
  out.SessionId = mapping.session;
  out.OSBusNumber = mapping.bus;
  out.OSTargetNumber = mapping.number;
  out.LUNCount = static_cast<ULONG>(mapping.luns.size());
  return out;
}

// Where the first structure is.
template <typename V>
std::size_t append_mappings(Image& image, const std::vector<TargetMapping>& mappings) {
  using Mapping = typename V::Mapping;
  const auto at = image.reserve<Mapping>(mappings.size());
  for (std::size_t i = 0; i < mappings.size(); ++i) {
    image.put(at, i, [&] { return mapping_info<V>(mappings[i]); });
  }
  for (std::size_t i = 0; i < mappings.size(); ++i) {
    const auto& luns = mappings[i].luns;
    if (luns.empty()) continue;
    image.point(at + i * sizeof(Mapping) + offsetof(Mapping, LUNList), image.size());
    for (const LunPair& pair : luns) {
      SCSI_LUN_LIST out{};
      out.OSLUN = pair.os_lun;
      out.TargetLUN = pair.target_lun;
      image.append(out);
    }
  }
  return at;
}

}  // namespace hbalab::dsc
