// Operational text keys (RFC 7143 13): what the HBA offers and what came of it.
#pragma once

#include <cstdint>
#include <expected>
#include <set>
#include <string>
#include <string_view>

#include "hba-sim/adapter/login_store.hpp"
#include "hba-sim/adapter/settings.hpp"
#include "hba-sim/fabric/fabric.hpp"
#include "iscsiop/status.hpp"

namespace hbalab::adapter {

struct OperationalOffer {
  std::string header_digest = "None,CRC32C";  // in order of preference
  std::string data_digest = "None,CRC32C";
  std::uint32_t max_connections = 1;
  std::uint32_t time2wait = 2;     // seconds
  std::uint32_t time2retain = 20;  // seconds
  bool discovery = false;
  bool leading = true;      // false: a further connection, for which the session's keys are settled
  SessionSettings session;  // what the adapter is configured to offer

  // Members that are not specified keep the values above; ISDSC_LOGIN_USER_INFO_BAD for one that is
  // out of its range (digest type, connections above 65535, times above 3600 s). MaximumConnections
  // 0 means "no limit" and offers 65535.
  [[nodiscard]] static std::expected<OperationalOffer, iscsi::IsdscStatus> from_options(
      const LoginOptions& options, bool discovery, const SessionSettings& session);
  [[nodiscard]] fabric::Keys keys() const;
};

// Results; before the negotiation the defaults of RFC 7143.
struct Negotiated {
  bool header_digest = false;
  bool data_digest = false;
  bool initial_r2t = true;
  bool immediate_data = true;
  bool data_pdu_in_order = true;
  bool data_sequence_in_order = true;
  std::uint32_t max_connections = 1;
  std::uint32_t max_burst_length = 262144;
  std::uint32_t first_burst_length = 65536;
  std::uint32_t max_outstanding_r2t = 1;
  std::uint32_t error_recovery_level = 0;
  std::uint32_t time2wait = 2;
  std::uint32_t time2retain = 20;
  std::uint32_t own_max_recv = 8192;     // what the adapter takes in one PDU
  std::uint32_t target_max_recv = 8192;  // what the target takes in one PDU
};

class Negotiation {
 public:
  explicit Negotiation(OperationalOffer offer) : offer_(std::move(offer)) {
    result_.own_max_recv = offer_.session.max_recv_data_segment_length;
  }
  // Keys of one Login Response; returns what has to be answered (NotUnderstood to keys that nobody
  // knows). ISDSC_INVALID_TEXT_KEY for a value that is malformed, that breaks the key's result
  // function or that comes twice.
  [[nodiscard]] std::expected<fabric::Keys, iscsi::IsdscStatus> take(const fabric::Keys& keys);
  [[nodiscard]] const OperationalOffer& offer() const { return offer_; }
  [[nodiscard]] const Negotiated& result() const { return result_; }

 private:
  bool take_digest(bool& result, const std::string& offered, std::string_view value);
  OperationalOffer offer_;
  Negotiated result_;
  std::set<std::string, std::less<>> seen_;
};

// Well-formed UTF-8 without control characters; what is not text is left out.
[[nodiscard]] std::string to_wire_text(std::u16string_view text);
// UTF-8 as UTF-16; U+FFFD for what is not text.
[[nodiscard]] std::u16string from_wire_text(std::string_view text);
// Decimal or 0x hexadecimal number (RFC 7143 6.1).
[[nodiscard]] std::optional<std::uint32_t> parse_number(std::string_view text);

}  // namespace hbalab::adapter
