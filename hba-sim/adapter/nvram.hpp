// The adapter's non-volatile memory: an SQLite database (WAL, synchronous=FULL) in the lab's state
// directory. One writer thread commits whatever has been queued in one transaction (group commit);
// a thread that waits for an answer may do the commit itself (help()), which saves two context
// switches; one that says so beforehand (HelpScope) also saves waking the writer.
//
// The file holds CHAP secrets: it is created with mode 0600, and no error text shows any of its
// values. It is opened in SQLite's exclusive locking mode: no second program reads or writes it
// meanwhile. Of more NVRAMs than the process may have open (NvramPool), those that were not used
// for the longest time are closed; the next use opens them, and fails when that does.
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
  bool write_fails = false;    // every commit fails as a dead flash chip would
  std::uint32_t fails_at = 0;  // the so manieth change from now fails, alone; 0: none
  bool unreachable = false;    // every commit fails, because what stands in front of it is broken
  bool full = false;           // no room for a further record; others can be changed and removed
};

struct NvramOptions {
  std::uint32_t max_pages = 0;  // of 4 KiB each: a small chip, full when they are used; 0: no limit
};

// Since open().
struct NvramStats {
  std::uint64_t commits = 0;  // transactions that became durable
  std::uint64_t changes = 0;  // changes in them
  std::uint64_t failed = 0;   // changes that failed
  std::uint64_t helped = 0;   // transactions, also failed ones, that a helping thread did
};

// Threads: every member may be called from any thread, with or without the HBA lock, but for help()
// and HelpScope (without). Destroying commits what is queued and runs what is to be done; no other
// thread may be inside a member then, and the HBA lock must not be held.
class Nvram {
 public:
  // Runs a function under the HBA lock, from any thread; how completions come back.
  using Enter = std::function<void(std::move_only_function<void()>)>;

  // Creates or migrates the database. Errors: unwritable directory, corrupt database, a schema
  // newer than this program, a file in use; the text names the file, what is wrong with it and what
  // to do. A file that is there is never replaced. `enter` may be empty: completions then run
  // without it.
  [[nodiscard]] static std::expected<std::unique_ptr<Nvram>, std::string> open(
      const std::filesystem::path& file, Enter enter, const NvramOptions& options = {});
  virtual ~Nvram() = default;

  // One change, atomic and in order of submission; erasures of one change happen before its puts.
  // `done(ok)` runs through `enter` once it is durable (or has failed, leaving nothing behind), in
  // order of submission. A record or value above kMaxValueBytes, or a slot above 2^63 - 1, fails.
  static constexpr std::size_t kMaxValueBytes = 16u << 20;
  struct Change {
    struct Put {
      std::uint64_t slot;
      Bytes record;
    };
    std::vector<Put> put_logins;
    std::vector<std::uint64_t> erase_logins;
    std::vector<std::pair<std::string, std::optional<Bytes>>> settings;  // nullopt erases
  };
  virtual void submit(Change change, std::move_only_function<void(bool ok)> done) = 0;
  // Commits what is queued on the calling thread; false when there was nothing to do, or another
  // thread is committing (what is queued meanwhile is then seen to without the caller).
  virtual bool help() = 0;
  // Between the two calls the writer thread is not woken: end_help() does what help() does.
  // Announced by whoever is about to submit and help.
  virtual void begin_help() {}
  virtual bool end_help() { return help(); }
  class HelpScope {
   public:
    explicit HelpScope(Nvram& nvram) : nvram_(nvram) { nvram_.begin_help(); }
    ~HelpScope() { nvram_.end_help(); }
    HelpScope(const HelpScope&) = delete;
    HelpScope& operator=(const HelpScope&) = delete;

   private:
    Nvram& nvram_;
  };

  // In order of slots. `visit` must not call the NVRAM. False when the database could not be read
  // to its end; last_error() then says why.
  virtual bool for_each_login(
      const std::function<void(std::uint64_t slot, std::span<const std::uint8_t>)>& visit) = 0;
  // What is durable, nullopt when there is none; a value that is queued is not seen. The error is
  // last_error().
  [[nodiscard]] virtual std::expected<std::optional<Bytes>, std::string> setting(
      std::string_view name) = 0;
  // Reserves `count` numbers, the first of which (from 1) is returned, that were never given out
  // before, also not by an earlier life of the lab; durable before it returns (blocks for a commit;
  // used at start, a block of ids at a time).
  [[nodiscard]] virtual std::expected<std::uint64_t, std::string> reserve_ids(
      std::uint32_t count) = 0;

  // Gives back the memory that reading everything took.
  virtual void trim() {}

  virtual void set_faults(const NvramFaults& faults) = 0;
  [[nodiscard]] virtual NvramFaults faults() const = 0;
  // Why the newest failed write or read failed, or "" since open().
  [[nodiscard]] virtual std::string last_error() const { return {}; }
  [[nodiscard]] virtual std::filesystem::path file() const { return {}; }
  [[nodiscard]] virtual NvramStats stats() const { return {}; }
};

}  // namespace hbalab::adapter
