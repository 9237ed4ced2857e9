// The small world of the surface test: one adapter with two ports, four targets, and pools of
// values so small that commands keep meeting each other's traces. Commands are a few small numbers,
// which shrink well; what they stand for is written here once for the model and the driver.
#pragma once

#include <array>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hbalab::surface {

using Ms = std::int64_t;  // virtual time
inline constexpr Ms kLoginTimeout = 2000, kRetry = 5000, kDeviceRemoval = 60'000,
                    kPingTimeout = 100;
inline constexpr std::size_t kMaxSessions = 5, kSlots = 5, kPorts = 2;
inline constexpr std::uint32_t kAny = 0xFFFFFFFFu;
inline constexpr std::string_view kFactoryName = "iqn.2026-01.org.hbalab:hba0";

struct TargetPortal {
  std::string_view address;
  std::uint16_t group;
};
struct Target {
  std::string_view name, alias;
  std::vector<TargetPortal> portals;
  std::vector<std::uint64_t> luns;
  bool chap = false;
};
inline constexpr int kTargets = 4;
[[nodiscard]] const std::array<Target, kTargets>& targets();
inline constexpr std::string_view kChapUser = "operator", kChapSecret = "the-right-secret",
                                  kMutualUser = "array", kMutualSecret = "of-the-target";

// Names that a login can give: the targets, one of them in capitals, one that is nowhere, none, and
// one that is no iSCSI name.
inline constexpr int kNames = 8;
struct Name {
  std::string_view text;
  int target;  // -1: of nobody
  bool well_formed;
  std::string_view canonical;
};
[[nodiscard]] const Name& name_at(int index);

// Portals that a caller can give.
enum class Spelling { binary, text, empty, bad_type };
struct PortalChoice {
  Spelling spelling;
  std::string_view address;  // or host name
  std::uint16_t socket;
  std::string_view key;  // equal for equal portals; orders as the adapter's own lists do
  bool resolves;
  int target;  // who listens there; -1: nobody
  int portal;  // which of its portals
};
inline constexpr int kPortals = 15, kFirstOddPortal = 10;
[[nodiscard]] const PortalChoice& portal_at(int index);
// The choice that stands for a portal of a target in binary form.
[[nodiscard]] int choice_of(int target, int portal);

// 0, 1, any, and one that the adapter does not have.
[[nodiscard]] std::uint32_t port_number(int choice);
[[nodiscard]] std::string_view port_address(std::size_t port);

struct Auth {
  std::uint32_t type;
  std::string_view user, secret;
};
inline constexpr int kAuths = 8;
[[nodiscard]] const Auth& auth_at(int index);
// What SetCHAPSharedSecret is given.
[[nodiscard]] std::string_view chap_secret_at(int index);

struct Mapping {
  std::uint32_t bus = 0, target = 0;
  std::string_view name;  // of the mapping's own target
  struct Lun {
    std::uint64_t target_lun;
    std::uint32_t os_lun;
  };
  std::vector<Lun> luns;
};
inline constexpr int kMappings = 11;
[[nodiscard]] const Mapping& mapping_at(int index);

struct Options {
  std::uint32_t specified, header_digest, data_digest, max_connections;
};
inline constexpr int kOptions = 6;
[[nodiscard]] const Options& options_at(int index);

[[nodiscard]] std::string lab_text(std::size_t sessions = kMaxSessions, std::size_t slots = kSlots);

}  // namespace hbalab::surface
