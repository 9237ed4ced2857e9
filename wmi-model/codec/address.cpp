// The only place that knows the members of an address and of a portal by name: they are what the
// classes with HbalabAddress and HbalabPortal have to have.
//
// Byte order of IpV4Address: the documentation of ISCSI_IP_Address (iscsidef.h) says only that it
// is the binary address; VDS_IPADDRESS (vds.h), which has the same members, says network byte
// order. So its octets lie in the block in the order in which they are written, as in an IN_ADDR:
// 192.0.2.10 is C0 00 02 0A in memory, and 0x0A0200C0 as the little-endian number that the property
// shows.
#include "wmi-model/codec/address.hpp"

#include <arpa/inet.h>

#include <charconv>
#include <optional>

#include "wmi-model/codec/text_internal.hpp"

namespace hbalab::wmi::detail {
namespace {

using Kind = TextError::Kind;

// ISCSIIPADDRESSTYPE
enum class AddressType : std::uint64_t { text = 0, ipv4 = 1, ipv6 = 2, empty = 3 };

struct Address {
  AddressType type = AddressType::empty;
  std::uint64_t ipv4 = 0;
  Bytes ipv6;
  std::uint64_t scope_id = 0;
  std::u16string text;
};

[[nodiscard]] std::unexpected<TextError> malformed(std::string_view came, std::string_view reason) {
  return refuse(Kind::malformed,
                '"' + shown_utf8(came.substr(0, 60)) + "\" is no address: " + std::string(reason));
}

[[nodiscard]] std::optional<std::uint64_t> number(std::string_view digits) {
  std::uint64_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, code] = std::from_chars(digits.data(), end, value);
  if (digits.empty() || stop != end || code != std::errc()) return std::nullopt;
  return value;
}

[[nodiscard]] std::expected<Address, TextError> parse_ipv6(std::string_view text) {
  Address out;
  const std::size_t percent = text.find('%');
  if (percent != std::string_view::npos) {
    const auto scope = number(text.substr(percent + 1));
    if (!scope || *scope > 0xFFFFFFFFu)
      return malformed(text, "the scope behind % is not a number");
    out.scope_id = *scope;
  }
  const std::string host(text.substr(0, percent));
  out.ipv6.resize(16);
  // A NUL would end the C string early.
  if (host.find('\0') != std::string::npos ||
      inet_pton(AF_INET6, host.c_str(), out.ipv6.data()) != 1) {
    return malformed(text, "it is not an IPv6 address");
  }
  out.type = AddressType::ipv6;
  return out;
}

[[nodiscard]] bool is_host_name(std::string_view text) {
  if (text.empty() || text.front() == '.' || text.front() == '-') return false;
  char before = '\0';
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letter && c != '-' && c != '.' && c != '_') return false;
    if (c == '.' && before == '.') return false;
    before = c;
  }
  return true;
}

[[nodiscard]] std::expected<Address, TextError> parse_host(std::string_view text) {
  Address out;
  if (text.empty()) return out;
  if (text.starts_with('[')) {
    if (!text.ends_with(']')) return malformed(text, "the closing bracket is missing");
    return parse_ipv6(text.substr(1, text.size() - 2));
  }
  if (text.find(':') != std::string_view::npos) return parse_ipv6(text);
  if (text.find_first_not_of("0123456789.") == std::string_view::npos) {
    in_addr address{};
    if (inet_pton(AF_INET, std::string(text).c_str(), &address) != 1) {
      return malformed(text, "it is not an IPv4 address");
    }
    out.type = AddressType::ipv4;
    std::uint8_t octets[4];
    std::memcpy(octets, &address, 4);
    out.ipv4 = load_le(octets, 4);
    return out;
  }
  if (!is_host_name(text)) {
    return malformed(text, "a host name has letters, digits, hyphens and dots");
  }
  out.type = AddressType::text;
  out.text.assign(text.begin(), text.end());
  return out;
}

// Puts a value where the class has a property of this name, when its type can hold it.
[[nodiscard]] std::expected<void, TextError> put(const Class& cls, Object& object,
                                                 std::string_view name, Value value) {
  const Property* property = cls.property(name);
  if (property == nullptr) {
    return refuse(Kind::malformed, "the class " + cls.name + " has no member " + std::string(name) +
                                       ", so it cannot be given as text");
  }
  const auto* units = std::get_if<std::u16string>(&value);
  if (units != nullptr && property->max_len != 0 && units->size() > property->max_len) {
    return refuse(Kind::range, "the host name has " + std::to_string(units->size()) +
                                   " characters, " + std::to_string(property->max_len) + " fit");
  }
  object.members[static_cast<std::size_t>(property - cls.properties.data())] = std::move(value);
  return {};
}

[[nodiscard]] std::expected<Object, TextError> address_object(const Class& cls, Address address) {
  Object object;
  object.members.resize(cls.properties.size());
  auto done = put(cls, object, "Type", Value(static_cast<std::uint64_t>(address.type)));
  // The members that the type gives no meaning are zero.
  if (done) done = put(cls, object, "IpV4Address", Value(address.ipv4));
  if (done && !address.ipv6.empty())
    done = put(cls, object, "IpV6Address", Value(std::move(address.ipv6)));
  if (done) done = put(cls, object, "IpV6FlowInfo", Value(std::uint64_t{0}));
  if (done) done = put(cls, object, "IpV6ScopeId", Value(address.scope_id));
  if (done) done = put(cls, object, "TextAddress", Value(std::move(address.text)));
  if (!done) return std::unexpected(std::move(done.error()));
  return object;
}

// Cuts ":port" off the text. More than one colon without brackets is an IPv6 address.
[[nodiscard]] std::expected<std::optional<std::uint64_t>, TextError> cut_port(
    std::string_view& text) {
  const std::string_view whole = text;
  const std::size_t bracket = text.rfind(']');
  std::size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (bracket == std::string_view::npos && colon != text.rfind(':')) colon = std::string_view::npos;
  if (colon == std::string_view::npos) return std::optional<std::uint64_t>();
  const std::string_view digits = text.substr(colon + 1);
  text = text.substr(0, colon);
  const auto port = number(digits);
  if (!port &&
      (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos)) {
    return malformed(whole, "the port behind the colon is not a number");
  }
  if (!port || *port > 0xFFFF) {
    return refuse(Kind::range,
                  "the port " + std::string(digits.substr(0, 24)) + " is outside 0 to 65535");
  }
  return port;
}

}  // namespace

std::expected<Object, TextError> parse_shorthand(const Class& cls, std::string_view text) {
  if (cls.shorthand == Shorthand::address) {
    auto address = parse_host(text);
    if (!address) return std::unexpected(std::move(address.error()));
    return address_object(cls, std::move(*address));
  }
  const Property* inner = cls.property("Address");
  if (inner == nullptr || inner->object_class == nullptr) {
    return refuse(Kind::malformed,
                  "the class " + cls.name + " has no address, so it cannot be given as text");
  }
  auto port = cut_port(text);
  if (!port) return std::unexpected(std::move(port.error()));
  if (text.empty() && port->has_value()) return malformed(text, "a port came without an address");
  auto address = parse_host(text);
  if (!address) return std::unexpected(std::move(address.error()));
  auto address_value = address_object(*inner->object_class, std::move(*address));
  if (!address_value) return address_value;
  Object object;
  object.members.resize(cls.properties.size());
  auto done = put(cls, object, "Address", Value(std::move(*address_value)));
  if (done && port->has_value()) done = put(cls, object, "Socket", Value(**port));
  if (!done) return std::unexpected(std::move(done.error()));
  return object;
}

}  // namespace hbalab::wmi::detail

namespace hbalab::wmi {

void settle_address(const Class& cls, Object& address, std::uint32_t written) {
  using detail::AddressType;
  const Property* type = cls.property("Type");
  if (cls.shorthand != Shorthand::address || type == nullptr || written >= cls.properties.size() ||
      address.members.size() != cls.properties.size()) {
    return;
  }
  Value& kind = address.members[static_cast<std::size_t>(type - cls.properties.data())];
  const auto become = [&kind](AddressType now) { kind = static_cast<std::uint64_t>(now); };
  const std::string& name = cls.properties[written].name;
  if (name == "IpV4Address") become(AddressType::ipv4);
  if (name == "IpV6Address") become(AddressType::ipv6);
  if (name != "TextAddress") return;
  const auto* text = std::get_if<std::u16string>(&address.members[written]);
  if (text != nullptr && !text->empty()) {
    become(AddressType::text);
  } else if (kind == Value(static_cast<std::uint64_t>(AddressType::text))) {
    become(AddressType::empty);
  }
}

}  // namespace hbalab::wmi
