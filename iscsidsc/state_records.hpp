// Records of the service's lists <-> JSON.
#pragma once

#include <nlohmann/json.hpp>

#include "iscsidsc/state.hpp"

namespace hbalab::dsc {

using Json = nlohmann::json;

[[nodiscard]] std::string to_text(std::u16string_view text);
[[nodiscard]] std::u16string from_text(const std::string& text);
[[nodiscard]] std::string to_hex(const Bytes& bytes);
[[nodiscard]] SecretBytes from_hex(const std::string& text);

void to_json(Json& json, const TargetPortal& portal);
void from_json(const Json& json, TargetPortal& portal);
void to_json(Json& json, const LoginOptions& options);
void from_json(const Json& json, LoginOptions& options);
void to_json(Json& json, const TargetMapping& mapping);
void from_json(const Json& json, TargetMapping& mapping);
void to_json(Json& json, const SendTargetPortal& portal);
void from_json(const Json& json, SendTargetPortal& portal);
void to_json(Json& json, const PortalInGroup& portal);
void from_json(const Json& json, PortalInGroup& portal);
void to_json(Json& json, const TargetInstance& target);
void from_json(const Json& json, TargetInstance& target);
void to_json(Json& json, const StaticTarget& target);
void from_json(const Json& json, StaticTarget& target);
void to_json(Json& json, const TunnelAddress& address);
void from_json(const Json& json, TunnelAddress& address);

}  // namespace hbalab::dsc
