// Shorthands of addresses and portals. Not for other modules.
#pragma once

#include <expected>
#include <string_view>

#include "wmi-model/model.hpp"
#include "wmi-model/text.hpp"
#include "wmi-model/value.hpp"

namespace hbalab::wmi::detail {

// "192.0.2.10", "2001:db8::1", "[fe80::1%3]" or a host name as an object of a class with
// Shorthand::address; the same with ":port" behind it for Shorthand::portal ("[...]" around IPv6
// then). An empty text is the empty address. Members that the text says nothing about are left
// monostate.
[[nodiscard]] std::expected<Object, TextError> parse_shorthand(const Class& cls,
                                                               std::string_view text);

}  // namespace hbalab::wmi::detail
