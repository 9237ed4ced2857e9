// The SQLite side of the NVRAM: opening, checking and migrating the file, and writing one batch of
// changes in one transaction. Not thread-safe: Nvram serialises.
//
// A database can be parked: closed, and opened again by its next use. Meanwhile it has no lock of
// SQLite; nobody misses it, because the lab has locked the whole state directory. Who meddles in
// spite of that is found out: what is opened again has to be, to the modification time, the file
// and the log that were closed, or else every use fails and nothing is written. A lab that starts
// takes the file as it is, after checking it.
//
// Schema (application_id kApplicationId, PRAGMA user_version):
//   1  login(slot INTEGER PRIMARY KEY, record BLOB NOT NULL)
//      setting(name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID
//      the next free id is the setting "next-id", eight bytes, little-endian
//   2  counter(name TEXT PRIMARY KEY, next INTEGER NOT NULL) WITHOUT ROWID holds the next free id
//   in
//      its row "id": an integer that SQLite checks, and that no setting can overwrite by its name
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

#include "hba-sim/adapter/nvram.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace hbalab::adapter {

class NvramDatabase {
 public:
  static constexpr std::int32_t kApplicationId = 0x48424C4E;  // "HBLN"
  static constexpr int kSchemaVersion = 2;

  [[nodiscard]] static std::expected<std::unique_ptr<NvramDatabase>, std::string> open(
      const std::filesystem::path& file, const NvramOptions& options);
  ~NvramDatabase();
  NvramDatabase(const NvramDatabase&) = delete;
  NvramDatabase& operator=(const NvramDatabase&) = delete;

  // All of the changes or none, durable when it returns true; otherwise error() says why not.
  bool write(std::span<const Nvram::Change* const> changes);
  bool for_each_login(
      const std::function<void(std::uint64_t slot, std::span<const std::uint8_t>)>& visit);
  std::expected<std::optional<Bytes>, std::string> setting(std::string_view name);
  std::expected<std::uint64_t, std::string> reserve_ids(std::uint32_t count);
  // Empties the page cache.
  void trim();
  // Closes the file until the next use. No checkpoint: the log stays, and nothing has to be synced.
  // False, and still open, when a failed change cannot be got out of the log, or when file or log
  // lie no longer where they were opened.
  bool park();
  // Names the file; never shows a value.
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  struct CloseDatabase {
    void operator()(sqlite3* db) const;
  };
  struct FinalizeStatement {
    void operator()(sqlite3_stmt* statement) const;
  };
  using Statement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;
  using Result = std::expected<void, std::string>;
  struct StatementText {
    Statement NvramDatabase::* statement;
    const char* sql;
  };

  // Of a file: whether it is the same one, and as it was.
  struct Stamp {
    std::uint64_t device = 0, inode = 0;  // zero: there is none
    std::int64_t size = 0, seconds = 0, nanoseconds = 0;
    bool operator==(const Stamp&) const = default;
    [[nodiscard]] bool is_file(const Stamp& other) const {
      return device == other.device && inode == other.inode;
    }
  };
  struct Stamps {
    Stamp file, log;
    bool operator==(const Stamps&) const = default;
  };

  NvramDatabase(std::filesystem::path file, const NvramOptions& options)
      : file_(std::move(file)), options_(options) {}
  Result create_file();
  Result build(const std::filesystem::path& file);
  [[nodiscard]] Result sync_file(const std::filesystem::path& file) const;
  Result connect(const std::filesystem::path& file);
  Result configure();
  Result take();
  Result check_identity();
  Result check_integrity();
  Result migrate();
  Result migrate_1_to_2();
  Result prepare_all();
  Result limit_pages();
  Result note_stamps();
  // Opens what was parked; false, with error(), when it cannot be used now.
  bool wake();
  Result reopen();
  void close_as_it_is();
  [[nodiscard]] static Stamp stamp(const std::filesystem::path& file);
  [[nodiscard]] Stamps stamps() const;

  Result execute(const char* sql);
  std::expected<std::int64_t, std::string> query_integer(const char* sql);
  Result prepare(Statement& statement, const char* sql);
  [[nodiscard]] static std::span<const StatementText> statements();
  // Runs a statement that gives no rows.
  bool run(sqlite3_stmt* statement);
  bool put_login(const Nvram::Change::Put& put);
  bool erase_login(std::uint64_t slot);
  bool write_setting(const std::string& name, const std::optional<Bytes>& value);
  bool write_batch(std::span<const Nvram::Change* const> changes);
  bool apply(const Nvram::Change& change);
  void roll_back();
  // Empties the log when something may lie there that was not acknowledged.
  bool settle_log();
  // The newest SQLite error, with the system's reason if it has one.
  [[nodiscard]] std::string message() const;
  // The same with what to do about it.
  [[nodiscard]] std::string failure() const;
  [[nodiscard]] std::string describe(std::string_view what) const;
  [[nodiscard]] std::string damaged(std::string_view what) const;

  const std::filesystem::path file_;
  const NvramOptions options_;
  Stamps stamps_;                               // when it was opened or parked
  bool log_in_doubt_ = false;                   // a change that failed may lie complete in the log
  std::unique_ptr<sqlite3, CloseDatabase> db_;  // null: parked
  Statement begin_, commit_, put_login_, erase_login_, put_setting_, erase_setting_, get_setting_,
      logins_, get_counter_, put_counter_;
  std::string error_;
};

}  // namespace hbalab::adapter
