// The two character sets of the API. A function is written once, as a template of its variant; what
// is exported calls it with Wide (W: UTF-16) or Narrow (A: UTF-8, the active code page here).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "iscsidsc.h"

namespace hbalab::dsc {

struct Wide {
  using Char = WCHAR;
  using Portal = ISCSI_TARGET_PORTALW;
  using PortalInfo = ISCSI_TARGET_PORTAL_INFOW;
  using PortalInfoEx = ISCSI_TARGET_PORTAL_INFO_EXW;
  using PortalGroup = ISCSI_TARGET_PORTAL_GROUPW;
  using Mapping = ISCSI_TARGET_MAPPINGW;
  using Connection = ISCSI_CONNECTION_INFOW;
  using Session = ISCSI_SESSION_INFOW;
  using Device = ISCSI_DEVICE_ON_SESSIONW;
  using PersistentLogin = PERSISTENT_ISCSI_LOGIN_INFOW;
};

struct Narrow {
  using Char = CHAR;
  using Portal = ISCSI_TARGET_PORTALA;
  using PortalInfo = ISCSI_TARGET_PORTAL_INFOA;
  using PortalInfoEx = ISCSI_TARGET_PORTAL_INFO_EXA;
  using PortalGroup = ISCSI_TARGET_PORTAL_GROUPA;
  using Mapping = ISCSI_TARGET_MAPPINGA;
  using Connection = ISCSI_CONNECTION_INFOA;
  using Session = ISCSI_SESSION_INFOA;
  using Device = ISCSI_DEVICE_ON_SESSIONA;
  using PersistentLogin = PERSISTENT_ISCSI_LOGIN_INFOA;
};

// Text of a caller, as the library keeps it. nullopt: no UTF-8.
[[nodiscard]] std::optional<std::u16string> to_internal(std::u16string_view text);
[[nodiscard]] std::optional<std::u16string> to_internal(std::string_view text);

// Text for a caller; lone surrogates are U+FFFD in UTF-8.
template <typename V>
[[nodiscard]] std::basic_string<typename V::Char> to_external(std::u16string_view text);
template <>
[[nodiscard]] std::basic_string<WCHAR> to_external<Wide>(std::u16string_view text);
template <>
[[nodiscard]] std::string to_external<Narrow>(std::u16string_view text);

}  // namespace hbalab::dsc
