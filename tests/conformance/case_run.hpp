// Runs one case on a subject.
#pragma once

#include "tests/conformance/case.hpp"
#include "tests/conformance/context.hpp"

namespace hbalab::conform {

// Judges `made` on the subject: whether it applies, and then what it finds.
[[nodiscard]] CaseResult run_case(const Case& made, Subject& subject, const Scope& parameters,
                                  const std::string& device, RequestListener listener = {});

// Whether the steps are as expected; where not, the case is skipped.
[[nodiscard]] bool applies(const std::vector<Step>& when, Context& context);
// The steps of a case of data.
void run_steps(const DataCase& made, Context& context);

// Fits "*" and "?" to a name.
[[nodiscard]] bool glob_matches(std::string_view pattern, std::string_view name);

}  // namespace hbalab::conform
