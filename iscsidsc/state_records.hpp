// Records of the service's lists <-> JSON.
#pragma once

#include <nlohmann/json.hpp>

#include "iscsidsc/state.hpp"

namespace hbalab::dsc {

using Json = nlohmann::json;

[[nodiscard]] std::string to_text(std::u16string_view text);
[[nodiscard]] std::u16string from_text(const std::string& text);
void append_hex(SecretText& text, const Bytes& bytes);
[[nodiscard]] SecretBytes from_hex(std::string_view text);

// Secrets stand behind the JSON of a record, in a line of their own: what reads and writes JSON
// leaves copies in memory.
[[nodiscard]] SecretText with_secrets(const std::string& json,
                                      std::initializer_list<const SecretBytes*> secrets);
[[nodiscard]] std::string_view json_of(std::string_view record);
void read_secrets(std::string_view record, std::initializer_list<SecretBytes*> secrets);

void to_json(Json& json, const TargetPortal& portal);
void from_json(const Json& json, TargetPortal& portal);
// Without credentials.
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
// Without the key.
void to_json(Json& json, const IkeKey& key);
void from_json(const Json& json, IkeKey& key);

}  // namespace hbalab::dsc
