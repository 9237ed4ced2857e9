// Persistent logins: durable in NVRAM, indexed in memory, compact (well below 1 KB each).
//
// Threads: every member is called under the HBA lock, and every callback runs under it too: NVRAM
// completions come in through Nvram's `enter` function, which takes the lock. The change is visible
// in memory only once it is durable: what was reported as saved is on disk, what failed left no
// trace.
//
// Order: changes that could touch the same record take effect in the order of the calls. One that
// meets an unfinished change of the same record waits for it (a removal with a wildcard: for every
// unfinished change of its target) and is then decided by what is stored. Changes of different
// records never wait for each other and are committed together, and none counts before it shows: a
// removal that misses names what is missing of the visible state, and records are as old as their
// first save became durable. The slot of a new record is taken
// when its save is queued and given back when that fails; a save that finds all slots taken, but
// some of their records being removed, waits for the removals instead of answering full.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hba-sim/wmi_types.hpp"

namespace hbalab::adapter {

// ISCSI_TargetMapping as given.
struct TargetMapping {
  struct Lun {
    std::uint64_t target_lun = 0;
    std::uint32_t os_lun = 0;
    std::uint32_t reserved = 0;
    bool operator==(const Lun&) const = default;
  };
  std::uint32_t os_bus = 0;
  std::uint32_t os_target = 0;
  std::uint64_t unique_session_id = 0;
  std::u16string target_name;
  bool from_persistent_login = false;
  std::uint64_t reserved = 0;
  std::vector<Lun> luns;
  bool operator==(const TargetMapping&) const = default;
};

// What LoginToTarget with PersistentLogin TRUE said: all that a later login needs. Reported as
// stored.
struct PersistentLogin {
  IscsiName target;
  std::uint64_t security_flags = 0;
  PortNumber port;
  bool informational = false;
  std::uint16_t unique_id_for_isid = 0;
  Portal portal;
  LoginOptions options;
  TargetMapping mapping;
  Bytes username;
  Bytes password;  // secret
  Bytes key;       // secret: IPsec key
  std::u16string initiator_node;
  std::u16string initiator_alias;
};

// Why a save or a removal did not happen, or what a removal found missing.
enum class StoreResult {
  ok,
  full,              // no free slot
  nvram_failed,      // could not be written; nothing changed
  target_not_found,  // no login of that target is stored
  portal_not_found,  // the target is, but not with that portal
  port_not_found,    // target and portal are, but not for that port
};

// What to remove (RemovePersistentLogin): 0xFFFFFFFF is every port, an empty portal every portal.
struct RemoveFilter {
  PortNumber port;
  IscsiName target;
  Portal portal;
};

class Nvram;

class LoginStore {
 public:
  // Identifies a record while it is stored; never used again within one life of the store.
  // Ascending ids are ascending age. It is the record's slot in the NVRAM.
  using RecordId = std::uint64_t;

  // Loads what the NVRAM holds. `slots`: capacity (more records than that are kept, but none is
  // added). Error: a record that cannot be read, with its slot and why.
  [[nodiscard]] static std::expected<std::unique_ptr<LoginStore>, std::string> create(
      Nvram& nvram, std::uint32_t slots);
  // The same; load_error() must then be asked. A store with an error holds nothing and changes
  // nothing.
  LoginStore(Nvram& nvram, std::uint32_t slots);
  // Callbacks of unfinished changes do not run any more; the changes do happen.
  ~LoginStore();
  LoginStore(const LoginStore&) = delete;
  LoginStore& operator=(const LoginStore&) = delete;
  [[nodiscard]] const std::string& load_error() const;

  // The same port, target and portal (canonically) replaces the record, keeping its place in order.
  // A full store answers inside the call.
  void save(PersistentLogin login, std::move_only_function<void(StoreResult)> done);
  // Removes all that match, in one transaction. The misses are decided at once, without NVRAM:
  // `done` then runs inside the call.
  void remove(const RemoveFilter& filter,
              std::move_only_function<void(StoreResult, std::size_t removed)> done);

  [[nodiscard]] std::size_t size() const;
  // Sum over all records of align8(iscsi::persistent_login_size(LUNs, user name)): the size of the
  // MSiSCSI_PersistentLogins array, kept up to date, so that a size query costs nothing. The last
  // element is padded too.
  [[nodiscard]] std::size_t block_bytes() const;
  // Oldest first. The reference is valid inside the call only.
  void for_each(const std::function<void(RecordId, const PersistentLogin&)>& visit) const;
  // Writes the elements of MSiSCSI_PersistentLogins.PersistentLogins, block_bytes() of them, at
  // `out` (8-aligned); secrets are not part of it. Runs at memory speed.
  void write_block(std::uint8_t* out) const;
  [[nodiscard]] std::optional<PersistentLogin> get(RecordId id) const;
  // `listener` runs under the HBA lock when a save or removal has become visible, before its
  // `done`.
  void on_change(std::function<void(RecordId, bool removed)> listener);

 private:
  class State;
  std::shared_ptr<State> state_;  // shared with the changes under way
};

}  // namespace hbalab::adapter
