// Strong types for what is easy to mix up. Comparison of names and portals is canonical; what the
// user wrote is kept beside it.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hbalab {

using Bytes = std::vector<std::uint8_t>;

// An initiator port as ISCSI_PortalInfo.Index numbers them (from 0), or 0xFFFFFFFF, which the calls
// read differently: "any port" when logging in, "all ports" when removing.
struct PortNumber {
  static constexpr std::uint32_t kAnyOrAll = 0xFFFFFFFFu;
  std::uint32_t value = kAnyOrAll;
  [[nodiscard]] bool is_any_or_all() const { return value == kAnyOrAll; }
  auto operator<=>(const PortNumber&) const = default;
};

// iSCSI node name (RFC 7143 4.2.7). Canonical form: lower case after RFC 3722 for the ASCII range.
// Beyond ASCII: full-width ASCII becomes ASCII, Latin-1, Latin Extended-A, Greek and Cyrillic
// capitals are folded, what RFC 3454 B.1 maps to nothing is dropped; other characters stay as they
// are (no composition), so names that differ in them are different names. Lone surrogates keep
// their identity.
class IscsiName {
 public:
  static constexpr std::size_t kMaxLength = 223;  // UTF-8 bytes on the wire, characters in WMI
  IscsiName() = default;
  explicit IscsiName(std::u16string as_written);
  [[nodiscard]] const std::u16string& as_written() const { return as_written_; }
  [[nodiscard]] const std::string& canonical() const { return canonical_; }  // UTF-8
  [[nodiscard]] bool empty() const { return as_written_.empty(); }
  // iqn., eui. or naa. with the syntax that each demands (RFC 7143 4.2.7.4 to 4.2.7.6), no longer
  // than kMaxLength in characters and in UTF-8, and free of what RFC 3722 prohibits in ASCII.
  [[nodiscard]] bool well_formed() const;
  bool operator==(const IscsiName& other) const { return canonical_ == other.canonical_; }

 private:
  std::u16string as_written_;
  std::string canonical_;
};

// ISCSI_IP_Address as the caller gave it.
struct IpAddress {
  enum class Type : std::uint32_t {
    text = 0,
    ipv4 = 1,
    ipv6 = 2,
    empty = 3
  };  // ISCSIIPADDRESSTYPE
  Type type = Type::empty;
  // The ULONG of the structure: octets in memory order on the wire, the first in the low byte.
  std::uint32_t ipv4 = 0;
  std::array<std::uint8_t, 16> ipv6{};
  std::uint32_t ipv6_flow_info = 0;
  std::uint32_t ipv6_scope_id = 0;
  std::u16string text;

  // Dotted quad (four decimal numbers without leading zeros), IPv6 with or without brackets (a
  // numeric zone becomes the scope id) or a name; text that spells a numeric address becomes that
  // address. Never fails: what is neither becomes a text address as it is, malformed UTF-8 as
  // U+FFFD.
  [[nodiscard]] static IpAddress from_text(std::string_view text);
  // "192.0.2.10", "2001:db8::1" (RFC 5952), or a lower-case name without a trailing dot: equal for
  // every way to write the same address, also a text address that spells a number. An IPv4-mapped
  // IPv6 address is its IPv4 address, because it reaches the same portal. A scope id follows as
  // "%5"; flow information does not count. "" for empty.
  [[nodiscard]] std::string canonical() const;
  // The same, added to `out`; brackets around IPv6 when asked for.
  void append_canonical(std::string& out, bool brackets = false) const;
  [[nodiscard]] bool empty() const {
    return type == Type::empty || (type == Type::text && text.empty());
  }
  [[nodiscard]] bool is_name() const;  // has to be resolved: text, and not that of a number
};

// ISCSI_TargetPortal: address and TCP port ("Socket"; 0 counts as 3260).
struct Portal {
  static constexpr std::uint16_t kDefaultSocket = 3260;
  IpAddress address;
  std::uint32_t reserved = 0;
  std::uint16_t socket = kDefaultSocket;

  // "addr", "addr:port", "[v6]", "[v6]:port" or a bare v6; the port is 1 to 65535. Names have
  // letters, digits, '-', '_', '.' and what is beyond ASCII, at most 256 characters, and a last
  // label that is not a number. nullopt for anything else, "" included.
  [[nodiscard]] static std::optional<Portal> from_text(std::string_view text);
  // "192.0.2.10:3260", "[2001:db8::1]:3260", "name:3260"; "" when the address is empty.
  [[nodiscard]] std::string canonical() const;
  void append_canonical(std::string& out) const;
  [[nodiscard]] bool empty() const { return address.empty(); }
};

// UniqueSessionId and UniqueConnectionId. Never used again, also not after a restart.
struct SessionId {
  std::uint64_t value = 0;
  auto operator<=>(const SessionId&) const = default;
};
struct ConnectionId {
  std::uint64_t value = 0;
  auto operator<=>(const ConnectionId&) const = default;
};

// Where the port driver sees a logical unit (SCSI_ADDRESS without the port).
struct ScsiAddress {
  std::uint8_t path = 0;    // PathId, OSBus
  std::uint8_t target = 0;  // TargetId, OSTarget
  std::uint8_t lun = 0;     // Lun, OSLUN
  auto operator<=>(const ScsiAddress&) const = default;
};

// UTF-8 of `text` in the case-folded form that IscsiName describes, added to `out`.
void append_folded(std::string& out, std::u16string_view text);

}  // namespace hbalab

template <>
struct std::hash<hbalab::SessionId> {
  std::size_t operator()(const hbalab::SessionId& id) const noexcept { return id.value; }
};
