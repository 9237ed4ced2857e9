// The table of the whole lab file.
#pragma once

#include "hba-sim/lab/config_reader.hpp"

namespace hbalab::lab {

// In config_hosts.cpp.
[[nodiscard]] Field<LabConfig> hosts_field();
// In config_miniport.cpp.
template <>
struct Table<MiniportConfig> {
  static std::string_view title() { return "miniport"; }
  static const std::vector<Field<MiniportConfig>>& fields();
};
template <>
struct Table<IsolationConfig> {
  static std::string_view title() { return "isolation"; }
  static const std::vector<Field<IsolationConfig>>& fields();
};

void read_lab_object(Reader& reader, const JsonNode& node, LabConfig& config);
void read_adapter_object(Reader& reader, const JsonNode& node, AdapterConfig& adapter);
[[nodiscard]] Json lab_object_schema(Definitions& definitions);

}  // namespace hbalab::lab
