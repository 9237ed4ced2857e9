#include "iscsidsc/mappings.hpp"

namespace hbalab::dsc {

TargetMapping mapping_of(const iscsi::TargetMappingView& view, const std::string& initiator,
                         ULONGLONG adapter) {
  TargetMapping mapping;
  mapping.initiator = wide(initiator);
  mapping.target = member_text(view.head->TargetName);
  mapping.bus = view.head->OSBus;
  mapping.number = view.head->OSTarget;
  if (view.head->UniqueSessionId != 0) mapping.session = {adapter, view.head->UniqueSessionId};
  for (const auto& pair : view.luns) mapping.luns.push_back({pair.OSLUN, pair.TargetLUN});
  return mapping;
}

}  // namespace hbalab::dsc
