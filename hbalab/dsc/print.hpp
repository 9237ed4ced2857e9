// Answers and descriptions of functions, for people and for programs.
#pragma once

#include <ostream>

#include "hbalab/dsc/call.hpp"

namespace hbalab::cli::dsc {

// "ISDSC_TARGET_NOT_FOUND (0xEFFF0029): No target of that name is known."
[[nodiscard]] std::string status_text(ISDSC_STATUS status);

// {"function", "status": {"name", "code"}, "result"}
[[nodiscard]] Json answer_json(const Function& function, const Answer& answer);
// Every member with its name, below each other; texts alone where there is nothing else.
void print_answer(std::ostream& out, const Answer& answer);

// What there is, one line each.
void print_functions(std::ostream& out);
void print_usage(std::ostream& out);
// Arguments with types, defaults and named values, and what the function answers.
void print_help(std::ostream& out, const Function& function);
// The same for programs.
[[nodiscard]] Json description(const Function& function);

}  // namespace hbalab::cli::dsc
