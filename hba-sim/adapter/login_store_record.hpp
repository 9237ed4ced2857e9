// How one persistent login lies in the NVRAM and in memory: a packed byte string.
//
// Version 1: the version byte; a byte of kFlag bits; then in this order, numbers as LEB128 and
// texts as a LEB128 count of bytes and WTF-8: target name; security flags; port + 1 (mod 2^32);
// UniqueIdForISID; the portal (byte of kPortal bits, type, the members that the bits announce,
// socket); with kOptions the eight login options; with kMapping OSBus, OSTarget, UniqueSessionId,
// Reserved; with kMappingName the mapping's target name (else it is empty, or the target's with
// kMappingNameSame); LUN count and three numbers for each; user name, password, key (counted
// bytes); initiator node and alias. Last a CRC-32 (IEEE 802.3) of all before it, little-endian.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "hba-sim/adapter/login_store.hpp"
#include "iscsiop/iscsidef.hpp"

namespace hbalab::adapter {

// Points into a record, which has to outlive it.
struct RecordView {
  std::string_view target;  // texts are WTF-8, as written
  std::uint64_t security_flags = 0;
  std::uint32_t port = 0;
  bool informational = false;
  std::uint16_t unique_id_for_isid = 0;

  std::uint32_t address_type = 0;
  std::uint32_t ipv4 = 0;
  const std::uint8_t* ipv6 = nullptr;  // null: all zero
  std::uint32_t ipv6_flow_info = 0;
  std::uint32_t ipv6_scope_id = 0;
  std::string_view address_text;
  std::uint32_t portal_reserved = 0;
  std::uint16_t socket = 0;

  LoginOptions options;

  std::uint32_t os_bus = 0;
  std::uint32_t os_target = 0;
  std::uint64_t unique_session_id = 0;
  std::uint64_t mapping_reserved = 0;
  bool from_persistent_login = false;
  std::string_view mapping_name;
  std::uint32_t lun_count = 0;
  std::span<const std::uint8_t> luns;  // encoded; for LunReader

  std::span<const std::uint8_t> username, password, key;
  std::string_view initiator_node, initiator_alias;
};

// Walks over RecordView::luns.
class LunReader {
 public:
  explicit LunReader(const RecordView& record) : rest_(record.luns) {}
  [[nodiscard]] TargetMapping::Lun next();

 private:
  std::span<const std::uint8_t> rest_;
};

[[nodiscard]] Bytes encode_record(const PersistentLogin& login);
// Total: any byte string is either a record or is refused with the reason, which shows no value.
[[nodiscard]] std::expected<RecordView, std::string> decode_record(
    std::span<const std::uint8_t> bytes);
// Of a record that decode_record() has accepted, or that encode_record() has made: no checks of the
// checksum and of the texts.
[[nodiscard]] RecordView view_record(std::span<const std::uint8_t> bytes);
[[nodiscard]] PersistentLogin unpack(const RecordView& record);
void unpack(const RecordView& record, PersistentLogin& out);
[[nodiscard]] Portal unpack_portal(const RecordView& record);
// Of one element of MSiSCSI_PersistentLogins, a multiple of 8.
[[nodiscard]] std::size_t element_size(const RecordView& record);
// Writes element_size() bytes at `out`, padding included. Names that are longer than their members
// (such records are refused when they are saved) end where the member ends.
void write_element(const RecordView& record, std::uint8_t* out);

}  // namespace hbalab::adapter
