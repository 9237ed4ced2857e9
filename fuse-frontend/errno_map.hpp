// From the error worlds below to errno: one table for each, in errno_map.cpp, documented and tested
// line by line. And the JSON in which a handle gives the reason for its last failure.
#pragma once

#include <string>
#include <string_view>

#include "hba-sim/lab/control.hpp"
#include "wmi-model/client.hpp"
#include "wmi-model/codec.hpp"
#include "wmi-model/text.hpp"

namespace hbalab::fs {

[[nodiscard]] int errno_of(wmi::TextError::Kind kind);
// An NtStatus outside the table is EIO: the driver failed in a way of its own.
[[nodiscard]] int errno_of(wmi::NtStatus status);

// Symbolic name of an errno that the tree can give ("EINVAL"); "errno N" for others.
[[nodiscard]] std::string errno_name(int error);

// A failure as the tree reports it: the errno, and the reason as one line of JSON with a newline:
// {"error":"EINVAL","path":"...","message":"...","suggestion":"...","status":"STATUS_..."}; keys
// without a value are left out.
struct Failure {
  int error = 0;
  std::string reason;
};
[[nodiscard]] Failure failure(const wmi::TextError& error);
[[nodiscard]] Failure failure(const wmi::WmiError& error);
// What was to be written does not fit the class (EINVAL).
[[nodiscard]] Failure encode_failure(const wmi::CodecError& error);
// What the driver returned does not fit the class (EIO).
[[nodiscard]] Failure decode_failure(const wmi::CodecError& error);
[[nodiscard]] Failure failure(const lab::ControlError& error);
[[nodiscard]] Failure failure(int error, std::string_view message);

}  // namespace hbalab::fs
