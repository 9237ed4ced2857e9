// The adapter's non-volatile memory: an SQLite database (WAL, synchronous=FULL) in the lab's state
// directory. One writer thread commits whatever has been queued in one transaction (group commit);
// a thread that waits for an answer may do the commit itself (help()), which saves two context switches.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hba-sim/types.hpp"

namespace hbalab::adapter {

// Faults that the lab can ask for (lab/adapters/NAME/faults).
struct NvramFaults {
  bool write_fails = false;  // every commit fails as a dead flash chip would
};

class Nvram {
 public:
  // Runs a function under the HBA lock, from any thread; how completions come back.
  using Enter = std::function<void(std::move_only_function<void()>)>;

  // Creates or migrates the database. Errors: unwritable directory, corrupt database, a schema newer
  // than this program; the text names the file and what is wrong with it.
  [[nodiscard]] static std::expected<std::unique_ptr<Nvram>, std::string> open(
      const std::filesystem::path& file, Enter enter);
  virtual ~Nvram() = default;

  // One change, atomic and in order of submission. `done(ok)` runs through `enter` once it is durable
  // (or has failed, leaving nothing behind).
  struct Change {
    struct Put { std::uint64_t slot; Bytes record; };
    std::vector<Put> put_logins;
    std::vector<std::uint64_t> erase_logins;
    std::vector<std::pair<std::string, std::optional<Bytes>>> settings;  // nullopt erases
  };
  virtual void submit(Change change, std::move_only_function<void(bool ok)> done) = 0;
  // Commits what is queued on the calling thread; false when there was nothing to do.
  virtual bool help() = 0;

  virtual void for_each_login(const std::function<void(std::uint64_t slot, std::span<const std::uint8_t>)>& visit) = 0;
  [[nodiscard]] virtual std::optional<Bytes> setting(std::string_view name) = 0;
  // Reserves `count` numbers that were never given out before, also not by an earlier life of the
  // lab; durable before it returns (blocks; used at start, a block of ids at a time).
  [[nodiscard]] virtual std::expected<std::uint64_t, std::string> reserve_ids(std::uint32_t count) = 0;

  virtual void set_faults(const NvramFaults& faults) = 0;
  [[nodiscard]] virtual NvramFaults faults() const = 0;
};

}  // namespace hbalab::adapter
