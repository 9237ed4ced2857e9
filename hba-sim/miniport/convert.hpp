// WMI structures <-> the types of the HBA.
#pragma once

#include <string>

#include "hba-sim/adapter/hba.hpp"
#include "iscsiop/iscsidef.hpp"

namespace hbalab::miniport {

[[nodiscard]] IpAddress from_wmi(const iscsi::ISCSI_IP_Address& address);
[[nodiscard]] Portal from_wmi(const iscsi::ISCSI_TargetPortal& portal);
[[nodiscard]] adapter::LoginOptions from_wmi(const iscsi::ISCSI_LoginOptions& options);

void to_wmi(const IpAddress& address, iscsi::ISCSI_IP_Address& out);

// A fixed WMI string: WCHAR[N + 1] whose element 0 counts the bytes. Reading stops at a counted
// terminating NUL; a count larger than the field is cut to it (the block was validated before).
template <std::size_t N>
[[nodiscard]] std::u16string text_of(const boost::endian::little_uint16_at (&field)[N]) {
  const std::size_t units = std::min<std::size_t>(field[0] / 2, N - 1);
  std::u16string text;
  text.reserve(units);
  for (std::size_t i = 0; i < units && field[1 + i] != 0; ++i) text.push_back(static_cast<char16_t>(field[1 + i].value()));
  return text;
}

// Writes text cut to the field's capacity; the rest of the field is zero.
template <std::size_t N>
void set_text(boost::endian::little_uint16_at (&field)[N], std::u16string_view text) {
  const std::size_t units = std::min(text.size(), N - 1);
  field[0] = static_cast<std::uint16_t>(units * 2);
  for (std::size_t i = 0; i < units; ++i) field[1 + i] = text[i];
  for (std::size_t i = units + 1; i < N; ++i) field[i] = 0;
}

// Sizes of a fixed string that a caller sent: whether its count fits the field and is even.
template <std::size_t N>
[[nodiscard]] bool well_formed(const boost::endian::little_uint16_at (&field)[N]) {
  return field[0] % 2 == 0 && field[0] / 2 <= N - 1;
}

}  // namespace hbalab::miniport
