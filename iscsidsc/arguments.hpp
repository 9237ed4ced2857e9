// What callers hand in: texts, portals, options. Nothing behind the end of a structure or behind
// the longest text is read, and nothing of a caller's is kept.
#pragma once

#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "hba-sim/types.hpp"
#include "hba-sim/wmi_types.hpp"
#include "iscsidsc/errors.hpp"
#include "iscsidsc/secrets.hpp"
#include "iscsidsc/variant.hpp"

namespace hbalab::dsc {

// Longest texts, in characters without the NUL.
inline constexpr std::size_t kMaxInstance = MAX_ISCSI_HBANAME_LEN - 1;
inline constexpr std::size_t kMaxName = MAX_ISCSI_NAME_LEN;
inline constexpr std::size_t kMaxAlias = MAX_ISCSI_ALIAS_LEN;
inline constexpr std::size_t kMaxAddress = MAX_ISCSI_PORTAL_ADDRESS_LEN - 1;

// `longest` characters or less, then a NUL; "" for NULL. ERROR_INVALID_PARAMETER for anything else.
template <typename Char>
[[nodiscard]] Outcome<std::u16string> read_text(const Char* text, std::size_t longest) {
  if (text == nullptr) return std::u16string();
  // A UTF-16 unit takes up to three bytes of UTF-8.
  const std::size_t most = sizeof(Char) == 1 ? longest * 3 : longest;
  std::size_t size = 0;
  while (size <= most && text[size] != 0) ++size;
  if (size > most) return std::unexpected(ERROR_INVALID_PARAMETER);
  auto internal = to_internal(std::basic_string_view<Char>(text, size));
  if (!internal || internal->size() > longest) return std::unexpected(ERROR_INVALID_PARAMETER);
  return *std::move(internal);
}

// The text of a member; its NUL has to be inside.
template <typename Char, std::size_t N>
[[nodiscard]] Outcome<std::u16string> read_member(const Char (&member)[N]) {
  std::size_t size = 0;
  while (size < N && member[size] != 0) ++size;
  if (size == N) return std::unexpected(ERROR_INVALID_PARAMETER);
  auto internal = to_internal(std::basic_string_view<Char>(member, size));
  if (!internal) return std::unexpected(ERROR_INVALID_PARAMETER);
  return *std::move(internal);
}

// Cut to what fits, never within a character, always with a NUL; the rest is cleared.
template <typename V, std::size_t N>
void write_member(typename V::Char (&member)[N], std::u16string_view text) {
  auto external = to_external<V>(text);
  std::size_t size = std::min(external.size(), N - 1);
  if (size < external.size()) {
    const auto continues = [](typename V::Char c) {
      return sizeof(c) == 1 ? (static_cast<unsigned>(c) & 0xC0u) == 0x80u
                            : (static_cast<unsigned>(c) & 0xFC00u) == 0xDC00u;
    };
    while (size > 0 && continues(external[size])) --size;
  }
  std::memcpy(member, external.data(), size * sizeof(typename V::Char));
  std::memset(member + size, 0, (N - size) * sizeof(typename V::Char));
}

// A target portal as callers and the service know it.
struct TargetPortal {
  std::u16string symbolic_name;
  std::u16string address;  // as it was written
  std::uint16_t socket = hbalab::Portal::kDefaultSocket;
  [[nodiscard]] bool empty() const { return address.empty(); }
  [[nodiscard]] IpAddress ip() const;
  [[nodiscard]] std::string canonical() const;  // "192.0.2.10:3260"; "" when empty
};
[[nodiscard]] TargetPortal from_ip(const IpAddress& address, std::uint32_t socket);

// NULL is an empty portal; socket 0 is 3260.
template <typename P>
[[nodiscard]] Outcome<TargetPortal> read_portal(const P* given) {
  TargetPortal portal;
  if (given == nullptr) return portal;
  P copy;
  std::memcpy(&copy, given, sizeof copy);
  auto name = read_member(copy.SymbolicName);
  auto address = read_member(copy.Address);
  if (!name || !address) return std::unexpected(ERROR_INVALID_PARAMETER);
  portal.symbolic_name = *std::move(name);
  portal.address = *std::move(address);
  if (copy.Socket != 0) portal.socket = copy.Socket;
  return portal;
}
template <typename V, typename P>
void write_portal(const TargetPortal& portal, P& out) {
  write_member<V>(out.SymbolicName, portal.symbolic_name);
  write_member<V>(out.Address, portal.address);
  out.Socket = portal.socket;
}

// ISCSI_LOGIN_OPTIONS with what it points to. `given`: there was a structure.
struct LoginOptions : hbalab::LoginOptions {
  bool given = false;
  ULONG version = 0;
  SecretBytes username, password;  // only what information_specified names
};
// Versions 0 and 1 have the same members. ERROR_INVALID_PARAMETER: another version, or a length
// without its bytes.
[[nodiscard]] Outcome<LoginOptions> read_options(const ISCSI_LOGIN_OPTIONS* given);
// Without credentials: those are never listed.
[[nodiscard]] ISCSI_LOGIN_OPTIONS write_options(const hbalab::LoginOptions& options);

// A count of bytes and their address.
[[nodiscard]] Outcome<SecretBytes> read_bytes(ULONG size, const void* data);

struct LunPair {
  ULONG os_lun = 0;
  ULONGLONG target_lun = 0;
};
struct TargetMapping {
  std::u16string initiator, target, device;
  ISCSI_UNIQUE_SESSION_ID session{};
  ULONG bus = 0, number = 0;
  std::vector<LunPair> luns;
};
inline constexpr ULONG kMaxMappedLuns = 65536;
// NULL is no mapping.
[[nodiscard]] Outcome<std::vector<LunPair>> read_luns(ULONG count, const SCSI_LUN_LIST* list);
template <typename M>
[[nodiscard]] Outcome<std::optional<TargetMapping>> read_mapping(const M* given) {
  if (given == nullptr) return std::nullopt;
  M copy;
  std::memcpy(&copy, given, sizeof copy);
  TargetMapping mapping;
  auto luns = read_luns(copy.LUNCount, copy.LUNList);
  auto target = read_member(copy.TargetName);
  if (!luns || !target) return std::unexpected(ERROR_INVALID_PARAMETER);
  mapping.target = *std::move(target);
  mapping.bus = copy.OSBusNumber;
  mapping.number = copy.OSTargetNumber;
  mapping.luns = *std::move(luns);
  return mapping;
}

}  // namespace hbalab::dsc
