// The table of the whole lab file.
#pragma once

#include "hba-sim/lab/config_reader.hpp"

namespace hbalab::lab {

void read_lab_object(Reader& reader, const JsonNode& node, LabConfig& config);
[[nodiscard]] Json lab_object_schema(Definitions& definitions);

}  // namespace hbalab::lab
