#include "hba-sim/lab/config.hpp"
#include "schemas/builtin_mof.hpp"

namespace hbalab::lab {

std::string_view sample_lab_text() { return schemas::file("sample-lab.json"); }

}  // namespace hbalab::lab
