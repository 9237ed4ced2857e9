// A lab in this process: the built-in HBA, or a driver writer's miniport.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/conformance/subject.hpp"

namespace hbalab::conform {

struct LabSubjectOptions {
  // With the built-in HBA: the lab file's text (virtual clock). Empty with a miniport.
  std::string lab_text;
  // A shared object, and the MOF files of its classes.
  std::string miniport;
  std::vector<std::string> mof;
  bool isolate = false;  // the driver has a process of its own, whose crash has a place
  // The driver knows no time but the port driver's, so that nothing has to be waited for.
  bool virtual_clock = false;
  std::filesystem::path state_dir;  // made anew, and removed with the subject
};

[[nodiscard]] std::expected<std::unique_ptr<Subject>, std::string> open_lab_subject(
    LabSubjectOptions options);

}  // namespace hbalab::conform
