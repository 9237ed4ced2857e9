// ISCSI_TARGET_MAPPING in answers: the structures one behind the other, then their LUN lists.
#pragma once

#include <utility>
#include <vector>

#include "iscsidsc/image.hpp"
#include "iscsidsc/initiators.hpp"

namespace hbalab::dsc {

[[nodiscard]] TargetMapping mapping_of(const iscsi::TargetMappingView& view,
                                       const std::string& initiator, ULONGLONG adapter);

template <typename V>
class MappingImages {
 public:
  explicit MappingImages(Image& image) : image_(image) {}

  // A mapping; the pointer at `where` will point to it (0: nothing points there).
  void add(TargetMapping mapping, std::size_t where = 0) {
    mappings_.emplace_back(std::move(mapping), where);
  }
  void finish() {
    using Mapping = typename V::Mapping;
    const auto at = image_.reserve<Mapping>(mappings_.size());
    for (std::size_t i = 0; i < mappings_.size(); ++i) {
      const auto& [mapping, where] = mappings_[i];
      Mapping out{};
      write_member<V>(out.InitiatorName, mapping.initiator);
      write_member<V>(out.TargetName, mapping.target);
      write_member<V>(out.OSDeviceName, mapping.device);
      out.SessionId = mapping.session;
      out.OSBusNumber = mapping.bus;
      out.OSTargetNumber = mapping.number;
      out.LUNCount = static_cast<ULONG>(mapping.luns.size());
      image_.put(at, i, out);
      if (where != 0) image_.point(where, at + i * sizeof(Mapping));
    }
    for (std::size_t i = 0; i < mappings_.size(); ++i) {
      const auto& luns = mappings_[i].first.luns;
      if (luns.empty()) continue;
      image_.point(at + i * sizeof(Mapping) + offsetof(Mapping, LUNList), image_.size());
      for (const LunPair& pair : luns) {
        SCSI_LUN_LIST out{};
        out.OSLUN = pair.os_lun;
        out.TargetLUN = pair.target_lun;
        image_.append(out);
      }
    }
  }

 private:
  Image& image_;
  std::vector<std::pair<TargetMapping, std::size_t>> mappings_;
};

}  // namespace hbalab::dsc
