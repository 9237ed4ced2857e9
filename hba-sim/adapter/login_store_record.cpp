#include "hba-sim/adapter/login_store_record.hpp"

#include <algorithm>
#include <boost/crc.hpp>
#include <iterator>
#include <limits>

#include "hba-sim/wtf8.hpp"

namespace hbalab::adapter {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kChecksumSize = 4;

enum Flag : std::uint8_t {
  kInformational = 1,
  kFromPersistent = 2,
  kOptions = 4,
  kMapping = 8,
  kMappingName = 16,
  kMappingNameSame = 32,
  kAllFlags = 63,
};
enum PortalFlag : std::uint8_t {
  kIpv4 = 1,
  kIpv6 = 2,
  kFlowInfo = 4,
  kScopeId = 8,
  kText = 16,
  kReserved = 32,
  kAllPortalFlags = 63,
};

std::uint32_t checksum(std::span<const std::uint8_t> bytes) {
  boost::crc_32_type crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
}

// ---- writing
// ---------------------------------------------------------------------------------------

class Writer {
 public:
  explicit Writer(std::size_t expected) { out_.reserve(expected); }
  void byte(std::uint8_t value) { out_.push_back(value); }
  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) byte(static_cast<std::uint8_t>(value | 0x80));
    byte(static_cast<std::uint8_t>(value));
  }
  void bytes(std::span<const std::uint8_t> data) {
    number(data.size());
    out_.insert(out_.end(), data.begin(), data.end());
  }
  void fixed(std::span<const std::uint8_t> data) {
    out_.insert(out_.end(), data.begin(), data.end());
  }
  void text(std::u16string_view value) {
    const std::string encoded = to_wtf8(value);
    number(encoded.size());
    out_.insert(out_.end(), encoded.begin(), encoded.end());
  }
  Bytes finish() {
    const std::uint32_t crc = checksum(out_);
    for (unsigned i = 0; i < kChecksumSize; ++i) byte(static_cast<std::uint8_t>(crc >> (8 * i)));
    out_.shrink_to_fit();
    return std::move(out_);
  }

 private:
  Bytes out_;
};

void write_portal(Writer& out, const Portal& portal) {
  const IpAddress& address = portal.address;
  const bool has_ipv6 = address.ipv6 != std::array<std::uint8_t, 16>{};
  out.byte(static_cast<std::uint8_t>(
      (address.ipv4 != 0 ? kIpv4 : 0) | (has_ipv6 ? kIpv6 : 0) |
      (address.ipv6_flow_info != 0 ? kFlowInfo : 0) | (address.ipv6_scope_id != 0 ? kScopeId : 0) |
      (address.text.empty() ? 0 : kText) | (portal.reserved != 0 ? kReserved : 0)));
  out.number(static_cast<std::uint32_t>(address.type));
  if (address.ipv4 != 0) out.number(address.ipv4);
  if (has_ipv6) out.fixed(address.ipv6);
  if (address.ipv6_flow_info != 0) out.number(address.ipv6_flow_info);
  if (address.ipv6_scope_id != 0) out.number(address.ipv6_scope_id);
  if (!address.text.empty()) out.text(address.text);
  if (portal.reserved != 0) out.number(portal.reserved);
  out.number(portal.socket);
}

// ---- reading
// ---------------------------------------------------------------------------------------

// The first failure sticks and names the member.
class Reader {
 public:
  Reader(std::span<const std::uint8_t> bytes, bool check_texts)
      : rest_(bytes), check_texts_(check_texts) {}

  std::uint8_t byte(const char* member) {
    if (rest_.empty()) return fail(member, "is missing"), std::uint8_t{0};
    const std::uint8_t value = rest_.front();
    rest_ = rest_.subspan(1);
    return value;
  }

  std::uint64_t number(const char* member, std::uint64_t limit) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) return fail(member, "is cut off"), 0;
      const std::uint64_t part = rest_.front() & 0x7Fu;
      const bool last = rest_.front() < 0x80;
      rest_ = rest_.subspan(1);
      if (shift == 63 && part > 1) break;
      value |= part << shift;
      if (last) return value <= limit ? value : (fail(member, "is out of range"), 0);
    }
    return fail(member, "is out of range"), 0;
  }
  std::uint32_t number32(const char* member) {
    return static_cast<std::uint32_t>(number(member, 0xFFFFFFFFu));
  }
  std::uint64_t number64(const char* member) {
    return number(member, std::numeric_limits<std::uint64_t>::max());
  }
  std::uint16_t number16(const char* member) {
    return static_cast<std::uint16_t>(number(member, 0xFFFFu));
  }

  std::span<const std::uint8_t> fixed(const char* member, std::uint64_t size) {
    if (size > rest_.size()) return fail(member, "is longer than the record"), rest_.first(0);
    const auto out = rest_.first(static_cast<std::size_t>(size));
    rest_ = rest_.subspan(static_cast<std::size_t>(size));
    return out;
  }
  std::span<const std::uint8_t> bytes(const char* member) {
    return fixed(member, number64(member));
  }
  std::string_view text(const char* member) {
    const auto raw = bytes(member);
    const std::string_view out(reinterpret_cast<const char*>(raw.data()), raw.size());
    if (check_texts_ && !from_wtf8(out)) fail(member, "is not text");
    return out;
  }

  void fail(const char* member, const char* why) {
    if (error_.empty()) error_ = std::string(member) + " " + why;
    rest_ = {};
  }
  [[nodiscard]] bool good() const { return error_.empty(); }
  [[nodiscard]] const std::string& error() const { return error_; }
  [[nodiscard]] std::span<const std::uint8_t> rest() const { return rest_; }

 private:
  std::span<const std::uint8_t> rest_;
  bool check_texts_;
  std::string error_;
};

void read_portal(Reader& in, RecordView& out) {
  const std::uint8_t flags = in.byte("portal flags");
  if ((flags & ~kAllPortalFlags) != 0) in.fail("portal flags", "are unknown");
  out.address_type = in.number32("address type");
  if ((flags & kIpv4) != 0) out.ipv4 = in.number32("IPv4 address");
  if ((flags & kIpv6) != 0) {
    const auto address = in.fixed("IPv6 address", 16);
    if (address.size() == 16) out.ipv6 = address.data();
  }
  if ((flags & kFlowInfo) != 0) out.ipv6_flow_info = in.number32("IPv6 flow info");
  if ((flags & kScopeId) != 0) out.ipv6_scope_id = in.number32("IPv6 scope id");
  if ((flags & kText) != 0) out.address_text = in.text("text address");
  if ((flags & kReserved) != 0) out.portal_reserved = in.number32("portal reserved");
  out.socket = in.number16("socket");
}

void read_options(Reader& in, LoginOptions& out) {
  out.information_specified = in.number32("InformationSpecified");
  out.header_digest = in.number32("HeaderDigest");
  out.data_digest = in.number32("DataDigest");
  out.maximum_connections = in.number32("MaximumConnections");
  out.default_time2wait = in.number32("DefaultTime2Wait");
  out.default_time2retain = in.number32("DefaultTime2Retain");
  out.login_flags = in.number32("LoginFlags");
  out.auth_type = in.number32("AuthType");
}

void read_mapping(Reader& in, std::uint8_t flags, RecordView& out) {
  if ((flags & kMapping) != 0) {
    out.os_bus = in.number32("OSBus");
    out.os_target = in.number32("OSTarget");
    out.unique_session_id = in.number64("UniqueSessionId");
    out.mapping_reserved = in.number64("mapping reserved");
  }
  if ((flags & kMappingName) != 0) out.mapping_name = in.text("mapping target name");
  if ((flags & kMappingNameSame) != 0) out.mapping_name = out.target;
  out.lun_count = in.number32("LUN count");
  const auto before = in.rest();
  // Each LUN takes at least three bytes, so that the end of the record stops an absurd count.
  for (std::uint32_t i = 0; i < out.lun_count && in.good(); ++i) {
    (void)in.number64("target LUN");
    (void)in.number32("OSLUN");
    (void)in.number32("LUN reserved");
  }
  out.luns = before.first(before.size() - in.rest().size());
}

// Without the checksum.
void read_record(Reader& in, RecordView& out) {
  if (const auto version = in.byte("version"); version != kVersion)
    in.fail("version", "is unknown");
  const std::uint8_t flags = in.byte("flags");
  if ((flags & ~kAllFlags) != 0 ||
      (flags & (kMappingName | kMappingNameSame)) == (kMappingName | kMappingNameSame)) {
    in.fail("flags", "are unknown");
  }
  out.informational = (flags & kInformational) != 0;
  out.from_persistent_login = (flags & kFromPersistent) != 0;
  out.target = in.text("target name");
  out.security_flags = in.number64("security flags");
  out.port = in.number32("port") - 1;
  out.unique_id_for_isid = in.number16("UniqueIdForISID");
  read_portal(in, out);
  if ((flags & kOptions) != 0) read_options(in, out.options);
  read_mapping(in, flags, out);
  out.username = in.bytes("user name");
  out.password = in.bytes("password");
  out.key = in.bytes("key");
  out.initiator_node = in.text("initiator node");
  out.initiator_alias = in.text("initiator alias");
}

// Most texts are ASCII. The result reuses the room of `out`.
void assign_text(std::string_view text, std::u16string& out) {
  out.resize(text.size());
  std::size_t at = 0;
  for (; at < text.size() && static_cast<unsigned char>(text[at]) < 0x80; ++at) {
    out[at] = static_cast<char16_t>(text[at]);
  }
  if (at == text.size()) return;
  out.resize(at);
  while (at < text.size()) {
    const auto c = next_code_point(text, at);
    if (!c) return;  // not in a record that was accepted
    append_utf16(out, *c);
  }
}

std::u16string utf16(std::string_view text) {
  std::u16string out;
  assign_text(text, out);
  return out;
}

}  // namespace

TargetMapping::Lun LunReader::next() {
  Reader in(rest_, false);
  TargetMapping::Lun out;
  out.target_lun = in.number64("");
  out.os_lun = in.number32("");
  out.reserved = in.number32("");
  rest_ = in.rest();
  return out;
}

Bytes encode_record(const PersistentLogin& login) {
  const TargetMapping& mapping = login.mapping;
  const bool has_options = login.options != LoginOptions{};
  const bool has_mapping = mapping.os_bus != 0 || mapping.os_target != 0 ||
                           mapping.unique_session_id != 0 || mapping.reserved != 0;
  const bool same_name =
      !mapping.target_name.empty() && mapping.target_name == login.target.as_written();
  const bool has_name = !mapping.target_name.empty() && !same_name;
  Writer out(96 + login.target.as_written().size() + login.username.size() + login.password.size() +
             login.key.size() + 12 * mapping.luns.size());
  out.byte(kVersion);
  out.byte(static_cast<std::uint8_t>((login.informational ? kInformational : 0) |
                                     (mapping.from_persistent_login ? kFromPersistent : 0) |
                                     (has_options ? kOptions : 0) | (has_mapping ? kMapping : 0) |
                                     (has_name ? kMappingName : 0) |
                                     (same_name ? kMappingNameSame : 0)));
  out.text(login.target.as_written());
  out.number(login.security_flags);
  out.number(login.port.value + 1u);
  out.number(login.unique_id_for_isid);
  write_portal(out, login.portal);
  if (has_options) {
    const LoginOptions& o = login.options;
    for (const std::uint32_t value :
         {o.information_specified, o.header_digest, o.data_digest, o.maximum_connections,
          o.default_time2wait, o.default_time2retain, o.login_flags, o.auth_type}) {
      out.number(value);
    }
  }
  if (has_mapping) {
    out.number(mapping.os_bus);
    out.number(mapping.os_target);
    out.number(mapping.unique_session_id);
    out.number(mapping.reserved);
  }
  if (has_name) out.text(mapping.target_name);
  out.number(mapping.luns.size());
  for (const auto& lun : mapping.luns) {
    out.number(lun.target_lun);
    out.number(lun.os_lun);
    out.number(lun.reserved);
  }
  out.bytes(login.username);
  out.bytes(login.password);
  out.bytes(login.key);
  out.text(login.initiator_node);
  out.text(login.initiator_alias);
  return out.finish();
}

std::expected<RecordView, std::string> decode_record(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < kChecksumSize + 1) {
    return std::unexpected("it has " + std::to_string(bytes.size()) + " bytes, too few for any");
  }
  // A newer format may have another checksum, and is worth another message.
  if (bytes.front() != kVersion) {
    return std::unexpected("its format is version " + std::to_string(bytes.front()) +
                           ", expected " + std::to_string(kVersion));
  }
  const auto body = bytes.first(bytes.size() - kChecksumSize);
  std::uint32_t stored = 0;
  for (unsigned i = 0; i < kChecksumSize; ++i) {
    stored |= std::uint32_t{bytes[body.size() + i]} << (8 * i);
  }
  if (checksum(body) != stored) return std::unexpected("its checksum does not fit its bytes");
  Reader in(body, true);
  RecordView out;
  read_record(in, out);
  if (!in.good()) return std::unexpected("its " + in.error());
  if (!in.rest().empty()) {
    return std::unexpected("it has " + std::to_string(in.rest().size()) + " bytes too many");
  }
  return out;
}

RecordView view_record(std::span<const std::uint8_t> bytes) {
  Reader in(bytes.first(bytes.size() - std::min(bytes.size(), kChecksumSize)), false);
  RecordView out;
  read_record(in, out);
  return out;
}

Portal unpack_portal(const RecordView& record) {
  Portal out;
  out.address.type = static_cast<IpAddress::Type>(record.address_type);
  out.address.ipv4 = record.ipv4;
  if (record.ipv6 != nullptr) std::copy_n(record.ipv6, 16, out.address.ipv6.begin());
  out.address.ipv6_flow_info = record.ipv6_flow_info;
  out.address.ipv6_scope_id = record.ipv6_scope_id;
  assign_text(record.address_text, out.address.text);
  out.reserved = record.portal_reserved;
  out.socket = record.socket;
  return out;
}

void unpack(const RecordView& record, PersistentLogin& out) {
  out.target = IscsiName(utf16(record.target));
  out.security_flags = record.security_flags;
  out.port.value = record.port;
  out.informational = record.informational;
  out.unique_id_for_isid = record.unique_id_for_isid;
  out.portal = unpack_portal(record);
  out.options = record.options;
  out.mapping.os_bus = record.os_bus;
  out.mapping.os_target = record.os_target;
  out.mapping.unique_session_id = record.unique_session_id;
  out.mapping.reserved = record.mapping_reserved;
  out.mapping.from_persistent_login = record.from_persistent_login;
  assign_text(record.mapping_name, out.mapping.target_name);
  out.mapping.luns.clear();
  LunReader luns(record);
  for (std::uint32_t i = 0; i < record.lun_count; ++i) out.mapping.luns.push_back(luns.next());
  out.username.assign(record.username.begin(), record.username.end());
  out.password.assign(record.password.begin(), record.password.end());
  out.key.assign(record.key.begin(), record.key.end());
  assign_text(record.initiator_node, out.initiator_node);
  assign_text(record.initiator_alias, out.initiator_alias);
}

PersistentLogin unpack(const RecordView& record) {
  PersistentLogin out;
  unpack(record, out);
  return out;
}

}  // namespace hbalab::adapter
