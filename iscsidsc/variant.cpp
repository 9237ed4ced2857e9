#include "iscsidsc/variant.hpp"

#include "wmi-model/text.hpp"

namespace hbalab::dsc {

std::optional<std::u16string> to_internal(std::u16string_view text) { return std::u16string(text); }

std::optional<std::u16string> to_internal(std::string_view text) {
  auto wide = wmi::to_utf16(text);
  if (!wide) return std::nullopt;
  return *std::move(wide);
}

template <>
std::u16string to_external<Wide>(std::u16string_view text) {
  return std::u16string(text);
}

template <>
std::string to_external<Narrow>(std::u16string_view text) {
  return wmi::to_utf8(text);
}

}  // namespace hbalab::dsc
