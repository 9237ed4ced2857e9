// A call of a function of the discovery library: arguments as JSON in, its answer as JSON out.
#pragma once

#include <expected>
#include <vector>

#include "hbalab/dsc/encode.hpp"

namespace hbalab::cli::dsc {

struct Answer {
  ISDSC_STATUS status = ERROR_SUCCESS;
  // The arguments that answer; one that another argument decides on is what it has become.
  std::vector<Field> fields;
  // Their values by name; null: the function failed and answers nothing.
  Json result;
};

// Buffers have the size that is needed: a list may grow from one call to the next, so that a call
// is repeated until it fits (or has grown too often: ERROR_INSUFFICIENT_BUFFER). The error:
// arguments that cannot be given; nothing was called then.
[[nodiscard]] std::expected<Answer, wmi::TextError> call(const Function& function,
                                                         const Json& arguments, Sources& sources);

// The members of the structure at `at`, as answers show them. Secrets are null; so is what a NULL
// pointer has. Numbers with names have a key "NAME.name" behind them.
[[nodiscard]] Json decode(const Record& record, const std::uint8_t* at);

// A value of `field` at `at`, which may be null; `count`: its bytes, or elements of a list.
[[nodiscard]] Json decode(const Field& field, const std::uint8_t* at, std::size_t count);
// The value as a member of an answer, with its name behind it where it has one.
void add_member(Json& object, const Field& field, Json value);

}  // namespace hbalab::cli::dsc
