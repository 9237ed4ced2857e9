#include "iscsidsc/state_records.hpp"

#include <utility>

#include "hba-sim/wtf8.hpp"

namespace hbalab::dsc {
namespace {

std::u16string text_of(const Json& json, const char* key) {
  return from_text(json.value(key, std::string()));
}

constexpr std::string_view kDigits = "0123456789abcdef";

// Numbers of LoginOptions by the names of the structure's members.
struct OptionField {
  const char* name;
  ULONG LoginOptions::* member;
};
constexpr OptionField kOptionFields[] = {
    {"Version", &LoginOptions::version},
    {"InformationSpecified", &LoginOptions::information_specified},
    {"LoginFlags", &LoginOptions::login_flags},
    {"AuthType", &LoginOptions::auth_type},
    {"HeaderDigest", &LoginOptions::header_digest},
    {"DataDigest", &LoginOptions::data_digest},
    {"MaximumConnections", &LoginOptions::maximum_connections},
    {"DefaultTime2Wait", &LoginOptions::default_time2wait},
    {"DefaultTime2Retain", &LoginOptions::default_time2retain},
};

}  // namespace

std::string to_text(std::u16string_view text) { return to_wtf8(text); }

std::u16string from_text(const std::string& text) {
  return from_wtf8(text).value_or(std::u16string());
}

void append_hex(SecretText& text, const Bytes& bytes) {
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
}

SecretBytes from_hex(std::string_view text) {
  SecretBytes bytes(text.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto high = kDigits.find(text[2 * i]), low = kDigits.find(text[2 * i + 1]);
    if (high == kDigits.npos || low == kDigits.npos) return {};
    bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return bytes;
}

SecretText with_secrets(const std::string& json,
                        std::initializer_list<const SecretBytes*> secrets) {
  std::size_t digits = 0;
  for (const SecretBytes* const secret : secrets) digits += 2 * secret->size();
  SecretText record;
  record.reserve(json.size() + secrets.size() + digits);
  record += json;
  if (digits == 0) return record;
  char separator = '\n';
  for (const SecretBytes* const secret : secrets) {
    record += std::exchange(separator, ' ');
    append_hex(record, *secret);
  }
  return record;
}

std::string_view json_of(std::string_view record) { return record.substr(0, record.find('\n')); }

void read_secrets(std::string_view record, std::initializer_list<SecretBytes*> secrets) {
  record.remove_prefix(json_of(record).size());
  for (SecretBytes* const secret : secrets) {
    if (!record.empty()) record.remove_prefix(1);  // what stands between
    const auto digits = record.substr(0, record.find(' '));
    *secret = from_hex(digits);
    record.remove_prefix(digits.size());
  }
}

void to_json(Json& json, const TargetPortal& portal) {
  json["address"] = to_text(portal.address);
  json["socket"] = portal.socket;
  if (!portal.symbolic_name.empty()) json["name"] = to_text(portal.symbolic_name);
}

void from_json(const Json& json, TargetPortal& portal) {
  portal.address = text_of(json, "address");
  portal.socket = json.value("socket", hbalab::Portal::kDefaultSocket);
  portal.symbolic_name = text_of(json, "name");
}

void to_json(Json& json, const LoginOptions& options) {
  json = Json::object();
  if (!options.given) return;
  for (const OptionField& field : kOptionFields) json[field.name] = options.*field.member;
}

void from_json(const Json& json, LoginOptions& options) {
  options = {};
  options.given = !json.empty();
  for (const OptionField& field : kOptionFields) options.*field.member = json.value(field.name, 0u);
}

void to_json(Json& json, const TargetMapping& mapping) {
  json["bus"] = mapping.bus;
  json["target"] = mapping.number;
  json["luns"] = Json::array();
  for (const LunPair& pair : mapping.luns) json["luns"].push_back({pair.os_lun, pair.target_lun});
}

void from_json(const Json& json, TargetMapping& mapping) {
  mapping.bus = json.value("bus", 0u);
  mapping.number = json.value("target", 0u);
  for (const Json& pair : json.at("luns")) {
    mapping.luns.push_back({pair.at(0).get<ULONG>(), pair.at(1).get<ULONGLONG>()});
  }
}

void to_json(Json& json, const SendTargetPortal& portal) {
  json["initiator"] = to_text(portal.initiator);
  json["port"] = portal.port;
  json["portal"] = portal.portal;
  json["security"] = portal.security_flags;
  json["options"] = portal.options;
}

void from_json(const Json& json, SendTargetPortal& portal) {
  portal.initiator = text_of(json, "initiator");
  portal.port = json.value("port", ISCSI_ALL_INITIATOR_PORTS);
  json.at("portal").get_to(portal.portal);
  portal.security_flags = json.value("security", ULONGLONG{0});
  json.at("options").get_to(portal.options);
}

void to_json(Json& json, const PortalInGroup& portal) {
  to_json(json, portal.portal);
  json["tag"] = portal.tag;
}

void from_json(const Json& json, PortalInGroup& portal) {
  from_json(json, portal.portal);
  portal.tag = json.value("tag", std::uint16_t{0});
}

void to_json(Json& json, const TargetInstance& target) {
  json["name"] = to_text(target.name);
  if (!target.alias.empty()) json["alias"] = to_text(target.alias);
  json["mechanism"] = to_text(target.mechanism);
  json["source"] = target.source;
  json["initiator"] = to_text(target.initiator);
  json["port"] = target.port;
  json["portals"] = target.portals;
}

void from_json(const Json& json, TargetInstance& target) {
  target.name = text_of(json, "name");
  target.alias = text_of(json, "alias");
  target.mechanism = text_of(json, "mechanism");
  target.source = json.value("source", "");
  target.initiator = text_of(json, "initiator");
  target.port = json.value("port", ISCSI_ALL_INITIATOR_PORTS);
  json.at("portals").get_to(target.portals);
}

void to_json(Json& json, const StaticTarget& target) {
  json["name"] = to_text(target.name);
  json["alias"] = to_text(target.alias);
  json["flags"] = target.flags;
  json["persist"] = target.persist;
  if (target.mapping) json["mapping"] = *target.mapping;
  json["options"] = target.options;
  json["portals"] = target.portals;
}

void from_json(const Json& json, StaticTarget& target) {
  target.name = text_of(json, "name");
  target.alias = text_of(json, "alias");
  target.flags = json.value("flags", 0u);
  target.persist = json.value("persist", false);
  if (json.contains("mapping")) target.mapping = json["mapping"].get<TargetMapping>();
  json.at("options").get_to(target.options);
  json.at("portals").get_to(target.portals);
}

void to_json(Json& json, const TunnelAddress& address) {
  json["initiator"] = to_text(address.initiator);
  json["port"] = address.port;
  json["destination"] = to_text(address.destination);
  json["outer"] = to_text(address.outer);
}

void from_json(const Json& json, TunnelAddress& address) {
  address.initiator = text_of(json, "initiator");
  address.port = json.value("port", ISCSI_ALL_INITIATOR_PORTS);
  address.destination = text_of(json, "destination");
  address.outer = text_of(json, "outer");
}

void to_json(Json& json, const IkeKey& key) {
  SecretText id;
  append_hex(id, key.id);
  json["initiator"] = to_text(key.initiator);
  json["port"] = key.port;
  json["type"] = key.id_type;
  json["id"] = std::string(id);
  json["flags"] = key.security_flags;
  json["persist"] = key.persist;
}

void from_json(const Json& json, IkeKey& key) {
  key.initiator = text_of(json, "initiator");
  key.port = json.value("port", ISCSI_ALL_INITIATOR_PORTS);
  key.id_type = json.value("type", UCHAR{0});
  key.id = from_hex(json.value("id", ""));
  key.security_flags = json.value("flags", ULONGLONG{0});
  key.persist = json.value("persist", false);
}

}  // namespace hbalab::dsc
