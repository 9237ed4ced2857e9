#include "fuse-frontend/errno_map.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

namespace hbalab::fs {
namespace {

using wmi::NtStatus;
using wmi::TextError;

constexpr std::array<std::pair<TextError::Kind, int>, 5> kTextErrors{{
    {TextError::Kind::malformed, EINVAL},
    {TextError::Kind::range, ERANGE},
    {TextError::Kind::unknown_key, EINVAL},
    {TextError::Kind::missing, EINVAL},
    {TextError::Kind::too_large, EFBIG},
}};

constexpr std::array<std::pair<NtStatus, int>, 15> kStatuses{{
    {NtStatus::success, 0},
    {NtStatus::device_busy, EBUSY},
    {NtStatus::invalid_parameter, EINVAL},
    {NtStatus::no_such_device, ENODEV},
    {NtStatus::invalid_device_request, EOPNOTSUPP},
    {NtStatus::buffer_too_small, EOVERFLOW},
    {NtStatus::insufficient_resources, ENOSPC},
    {NtStatus::io_timeout, ETIMEDOUT},
    {NtStatus::cancelled, EINTR},
    {NtStatus::io_device_error, EIO},
    {NtStatus::wmi_guid_not_found, EOPNOTSUPP},
    {NtStatus::wmi_instance_not_found, ENOENT},
    {NtStatus::wmi_itemid_not_found, EOPNOTSUPP},
    {NtStatus::wmi_read_only, EACCES},
    {NtStatus::wmi_set_failure, EIO},
}};

constexpr std::array<std::pair<int, std::string_view>, 23> kErrnoNames{{
    {0, "OK"},
    {EACCES, "EACCES"},
    {EBUSY, "EBUSY"},
    {EEXIST, "EEXIST"},
    {EFBIG, "EFBIG"},
    {EINTR, "EINTR"},
    {EINVAL, "EINVAL"},
    {EIO, "EIO"},
    {EISDIR, "EISDIR"},
    {ENAMETOOLONG, "ENAMETOOLONG"},
    {ENODATA, "ENODATA"},
    {ENODEV, "ENODEV"},
    {ENOENT, "ENOENT"},
    {ENOMEM, "ENOMEM"},
    {ENOSPC, "ENOSPC"},
    {ENOTDIR, "ENOTDIR"},
    {ENOTEMPTY, "ENOTEMPTY"},
    {EOPNOTSUPP, "EOPNOTSUPP"},
    {EOVERFLOW, "EOVERFLOW"},
    {EPERM, "EPERM"},
    {ERANGE, "ERANGE"},
    {EROFS, "EROFS"},
    {ETIMEDOUT, "ETIMEDOUT"},
}};

Failure make(int error, std::string_view path, std::string_view message,
             std::string_view suggestion = {}, std::string_view status = {}) {
  nlohmann::ordered_json json;
  json["error"] = errno_name(error);
  if (!path.empty()) json["path"] = path;
  json["message"] = message;
  if (!suggestion.empty()) json["suggestion"] = suggestion;
  if (!status.empty()) json["status"] = status;
  // The message may quote bytes that are not UTF-8.
  return {error,
          json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n"};
}

}  // namespace

int errno_of(TextError::Kind kind) {
  for (const auto& [key, error] : kTextErrors) {
    if (key == kind) return error;
  }
  return EINVAL;
}

int errno_of(NtStatus status) {
  for (const auto& [key, error] : kStatuses) {
    if (key == status) return error;
  }
  return EIO;
}

std::string errno_name(int error) {
  for (const auto& [key, name] : kErrnoNames) {
    if (key == error) return std::string(name);
  }
  return "errno " + std::to_string(error);
}

Failure failure(const TextError& error) {
  return make(errno_of(error.kind), error.path, error.message, error.suggestion);
}

Failure failure(const wmi::WmiError& error) {
  std::string status(wmi::nt_status_name(error.status));
  if (status.empty()) {
    char text[16];
    std::snprintf(text, sizeof text, "0x%08X", static_cast<unsigned>(error.status));
    status = text;
  }
  // A driver cannot fail with success; whoever built that error meant something else.
  const int number = error.status == NtStatus::success ? EIO : errno_of(error.status);
  return make(number, {}, error.message, {}, status);
}

Failure encode_failure(const wmi::CodecError& error) {
  return make(EINVAL, error.path, error.message);
}

Failure decode_failure(const wmi::CodecError& error) {
  return make(EIO, error.path, error.message + " (offset " + std::to_string(error.offset) + ")");
}

Failure failure(const lab::ControlError& error) {
  return make(error.error == 0 ? EIO : error.error, {}, error.reason);
}

Failure failure(int error, std::string_view message) { return make(error, {}, message); }

}  // namespace hbalab::fs
