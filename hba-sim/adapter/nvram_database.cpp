#include "hba-sim/adapter/nvram_database.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <system_error>
#include <utility>

namespace hbalab::adapter {
namespace {

constexpr std::uint64_t kMaxInteger = std::numeric_limits<std::int64_t>::max();

// Checkpoints run on the committing thread, never under the HBA lock. At 1000 pages (4 MB) one
// takes a few milliseconds, once in some hundreds of commits; larger logs only make the pause
// longer.
constexpr const char* kConfiguration =
    "PRAGMA locking_mode=EXCLUSIVE;"  // no shared memory file, no lock calls for each commit
    "PRAGMA synchronous=FULL;"
    "PRAGMA wal_autocheckpoint=1000;"
    "PRAGMA journal_size_limit=16777216;"
    "PRAGMA secure_delete=ON;"  // removed secrets do not stay in free pages
    "PRAGMA trusted_schema=OFF;"
    "PRAGMA cell_size_check=ON;"
    "PRAGMA temp_store=MEMORY;"
    "PRAGMA cache_size=-4096;";

constexpr const char* kSchema =
    "CREATE TABLE login(slot INTEGER PRIMARY KEY, record BLOB NOT NULL);"
    "CREATE TABLE setting(name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE counter(name TEXT PRIMARY KEY, next INTEGER NOT NULL) WITHOUT ROWID;"
    "INSERT INTO counter VALUES('id', 1);";

// The statement is ready for its next use, and forgets what was bound to it, when the scope ends.
class Reset {
 public:
  explicit Reset(sqlite3_stmt* statement) : statement_(statement) {}
  ~Reset() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }
  Reset(const Reset&) = delete;
  Reset& operator=(const Reset&) = delete;

 private:
  sqlite3_stmt* statement_;
};

// SQLITE_STATIC: the bytes outlive the step. An empty blob needs an address that is not null.
int bind_blob(sqlite3_stmt* statement, int index, std::span<const std::uint8_t> bytes) {
  const void* data = bytes.empty() ? static_cast<const void*>("") : bytes.data();
  return sqlite3_bind_blob64(statement, index, data, bytes.size(), nullptr);
}

int bind_text(sqlite3_stmt* statement, int index, std::string_view text) {
  return sqlite3_bind_text64(statement, index, text.empty() ? "" : text.data(), text.size(),
                             nullptr, SQLITE_UTF8);
}

std::span<const std::uint8_t> column_blob(sqlite3_stmt* statement, int column) {
  const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
  return {data, data == nullptr ? 0 : size};
}

std::string system_error_text(int error) { return std::generic_category().message(error); }

void sync_directory(const std::filesystem::path& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

std::size_t operations(const Nvram::Change& change) {
  return change.put_logins.size() + change.erase_logins.size() + change.settings.size();
}

}  // namespace

void NvramDatabase::CloseDatabase::operator()(sqlite3* db) const { sqlite3_close_v2(db); }
void NvramDatabase::FinalizeStatement::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

// ---- opening
// ---------------------------------------------------------------------------------------

std::expected<std::unique_ptr<NvramDatabase>, std::string> NvramDatabase::open(
    const std::filesystem::path& file, const NvramOptions& options) {
  std::unique_ptr<NvramDatabase> database(new NvramDatabase(file, options));
  struct stat status{};
  if (::stat(file.c_str(), &status) != 0) {
    if (errno != ENOENT) return std::unexpected(database->describe(system_error_text(errno)));
    if (auto made = database->create_file(); !made) return std::unexpected(made.error());
  } else if (!S_ISREG(status.st_mode)) {
    return std::unexpected(database->describe("is not a regular file"));
  } else if (status.st_size == 0) {
    // A new file gets its name when it is complete, so an empty one is what is left of another.
    return std::unexpected(database->damaged("the file is empty"));
  } else if ((status.st_mode & 077) != 0) {
    // Somebody else's file may refuse this; what it grants is then its owner's decision.
    (void)::chmod(file.c_str(), status.st_mode & 0700);
  }
  const auto steps = {&NvramDatabase::configure,       &NvramDatabase::check_identity,
                      &NvramDatabase::check_integrity, &NvramDatabase::take,
                      &NvramDatabase::migrate,         &NvramDatabase::prepare_all,
                      &NvramDatabase::limit_pages,     &NvramDatabase::note_stamps};
  if (auto connected = database->connect(file); !connected) {
    return std::unexpected(connected.error());
  }
  for (const auto step : steps) {
    if (auto done = (database.get()->*step)(); !done) return std::unexpected(done.error());
  }
  return database;
}

// Built under another name and renamed when complete: a crash leaves no half of a database.
NvramDatabase::Result NvramDatabase::create_file() {
  std::filesystem::path draft = file_;
  draft += ".new";
  const auto remove_draft = [&draft] {
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
      std::error_code ignored;
      std::filesystem::remove(std::filesystem::path(draft) += suffix, ignored);
    }
  };
  remove_draft();
  const int fd = ::open(draft.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return std::unexpected(describe("cannot be created: " + system_error_text(errno)));
  ::close(fd);
  auto built = build(draft);
  db_.reset();
  if (built) built = sync_file(draft);
  if (!built) {
    remove_draft();
    return built;
  }
  if (::rename(draft.c_str(), file_.c_str()) != 0) {
    const int error = errno;
    remove_draft();
    return std::unexpected(describe("cannot be created: " + system_error_text(error)));
  }
  sync_directory(file_.parent_path().empty() ? "." : file_.parent_path());
  return {};
}

NvramDatabase::Result NvramDatabase::sync_file(const std::filesystem::path& file) const {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (synced) return {};
  return std::unexpected(describe("cannot be created: " + system_error_text(error)));
}

NvramDatabase::Result NvramDatabase::build(const std::filesystem::path& file) {
  if (auto connected = connect(file); !connected) return connected;
  const std::string identity = "PRAGMA application_id=" + std::to_string(kApplicationId) +
                               ";PRAGMA user_version=" + std::to_string(kSchemaVersion) + ";";
  // A draft that a power cut leaves is thrown away: it is synced once, when it is whole.
  for (const std::string& sql : {std::string("PRAGMA page_size=4096;PRAGMA journal_mode=OFF;"
                                             "PRAGMA synchronous=OFF;"),
                                 "BEGIN;" + identity + kSchema + "COMMIT;"}) {
    if (auto done = execute(sql.c_str()); !done) return done;
  }
  return {};
}

NvramDatabase::Result NvramDatabase::connect(const std::filesystem::path& file) {
  sqlite3* db = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int result = sqlite3_open_v2(file.c_str(), &db, flags, nullptr);
  db_.reset(db);
  if (result != SQLITE_OK) {
    return std::unexpected(
        describe("cannot be opened: " + (db == nullptr ? sqlite3_errstr(result) : message())));
  }
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  // 120 KB for each adapter; statements are prepared once.
  sqlite3_db_config(db, SQLITE_DBCONFIG_LOOKASIDE, nullptr, 0, 0);
  if (sqlite3_db_readonly(db, "main") == 1) {
    return std::unexpected(describe("cannot be written: it is read-only"));
  }
  return {};
}

// Nothing of this writes to the file: it may turn out not to be ours.
NvramDatabase::Result NvramDatabase::configure() { return execute(kConfiguration); }

void NvramDatabase::trim() {
  if (db_ != nullptr) sqlite3_db_release_memory(db_.get());
}

// Takes the lock for good.
NvramDatabase::Result NvramDatabase::take() {
  return execute("PRAGMA journal_mode=WAL; BEGIN IMMEDIATE; COMMIT;");
}

NvramDatabase::Result NvramDatabase::check_identity() {
  const auto id = query_integer("PRAGMA application_id");
  if (!id) return std::unexpected(id.error());
  const auto version = query_integer("PRAGMA user_version");
  if (!version) return std::unexpected(version.error());
  if (*id != kApplicationId) {
    return std::unexpected(describe(
        "is an SQLite database, but not the NVRAM of a simulated adapter (application id " +
        std::to_string(*id) + ", expected " + std::to_string(kApplicationId) + ")"));
  }
  if (*version > kSchemaVersion) {
    return std::unexpected(describe(
        "was written by a newer version of this program: its schema is version " +
        std::to_string(*version) + ", this program knows up to " + std::to_string(kSchemaVersion) +
        ". Use the newer program, or move the file away to start with an empty NVRAM"));
  }
  if (*version < 1) return std::unexpected(damaged("schema version " + std::to_string(*version)));
  return {};
}

NvramDatabase::Result NvramDatabase::check_integrity() {
  Statement check;
  if (auto done = prepare(check, "PRAGMA quick_check(1)"); !done) return done;
  const int result = sqlite3_step(check.get());
  if (result != SQLITE_ROW) return std::unexpected(failure());
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(check.get(), 0));
  if (text == nullptr || std::string_view(text) != "ok") {
    return std::unexpected(damaged(text == nullptr ? "the check gave no answer" : text));
  }
  return {};
}

NvramDatabase::Result NvramDatabase::migrate() {
  const auto version = query_integer("PRAGMA user_version");
  if (!version) return std::unexpected(version.error());
  if (*version == kSchemaVersion) return {};
  if (auto done = execute("BEGIN IMMEDIATE"); !done) return done;
  auto done = migrate_1_to_2();
  if (done) done = execute("COMMIT");
  if (!done) roll_back();
  return done;
}

NvramDatabase::Result NvramDatabase::migrate_1_to_2() {
  Statement read;
  if (auto done = prepare(read, "SELECT value FROM setting WHERE name='next-id'"); !done) {
    return done;
  }
  std::uint64_t next = 1;
  const int row = sqlite3_step(read.get());
  if (row == SQLITE_ROW) {
    const auto value = column_blob(read.get(), 0);
    if (value.size() != 8) {
      return std::unexpected(
          damaged("setting next-id has " + std::to_string(value.size()) + " bytes, expected 8"));
    }
    next = 0;
    for (std::size_t i = 0; i < 8; ++i) next |= std::uint64_t{value[i]} << (8 * i);
    if (next == 0 || next > kMaxInteger) {
      return std::unexpected(damaged("setting next-id is out of range"));
    }
  } else if (row != SQLITE_DONE) {
    return std::unexpected(failure());
  }
  read.reset();
  const std::string sql =
      "CREATE TABLE counter(name TEXT PRIMARY KEY, next INTEGER NOT NULL) WITHOUT ROWID;"
      "INSERT INTO counter VALUES('id', " +
      std::to_string(next) +
      ");"
      "DELETE FROM setting WHERE name='next-id';"
      "PRAGMA user_version=2;";
  return execute(sql.c_str());
}

std::span<const NvramDatabase::StatementText> NvramDatabase::statements() {
  static constexpr auto kStatements = std::to_array<StatementText>({
      {&NvramDatabase::begin_, "BEGIN"},
      {&NvramDatabase::commit_, "COMMIT"},
      {&NvramDatabase::put_login_, "INSERT OR REPLACE INTO login(slot, record) VALUES(?1, ?2)"},
      {&NvramDatabase::erase_login_, "DELETE FROM login WHERE slot=?1"},
      {&NvramDatabase::put_setting_, "INSERT OR REPLACE INTO setting(name, value) VALUES(?1, ?2)"},
      {&NvramDatabase::erase_setting_, "DELETE FROM setting WHERE name=?1"},
      {&NvramDatabase::get_setting_, "SELECT value FROM setting WHERE name=?1"},
      {&NvramDatabase::logins_, "SELECT slot, record FROM login ORDER BY slot"},
      {&NvramDatabase::get_counter_, "SELECT next FROM counter WHERE name='id'"},
      {&NvramDatabase::put_counter_, "UPDATE counter SET next=?1 WHERE name='id'"},
  });
  return kStatements;
}

NvramDatabase::Result NvramDatabase::prepare_all() {
  for (const auto& [statement, sql] : statements()) {
    // The file passed its checks, so what does not fit the statements is a table that is not ours.
    if (!prepare(this->*statement, sql)) {
      return std::unexpected(damaged(sqlite3_errmsg(db_.get())));
    }
  }
  return {};
}

NvramDatabase::Result NvramDatabase::limit_pages() {
  if (options_.max_pages == 0) return {};
  return execute(("PRAGMA max_page_count=" + std::to_string(options_.max_pages)).c_str());
}

NvramDatabase::Result NvramDatabase::note_stamps() {
  stamps_ = stamps();
  return {};
}

// ---- statements
// ------------------------------------------------------------------------------------

NvramDatabase::Result NvramDatabase::execute(const char* sql) {
  const int result = sqlite3_exec(db_.get(), sql, nullptr, nullptr, nullptr);
  if (result == SQLITE_OK) return {};
  return std::unexpected(failure());
}

std::expected<std::int64_t, std::string> NvramDatabase::query_integer(const char* sql) {
  Statement statement;
  if (auto done = prepare(statement, sql); !done) return std::unexpected(done.error());
  if (sqlite3_step(statement.get()) != SQLITE_ROW) return std::unexpected(failure());
  return sqlite3_column_int64(statement.get(), 0);
}

NvramDatabase::Result NvramDatabase::prepare(Statement& statement, const char* sql) {
  sqlite3_stmt* raw = nullptr;
  const int result =
      sqlite3_prepare_v3(db_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  statement.reset(raw);
  if (result != SQLITE_OK) return std::unexpected(failure());
  return {};
}

bool NvramDatabase::run(sqlite3_stmt* statement) {
  const Reset reset(statement);
  if (sqlite3_step(statement) == SQLITE_DONE) return true;
  error_ = describe("write failed: " + message());
  return false;
}

bool NvramDatabase::put_login(const Nvram::Change::Put& put) {
  sqlite3_bind_int64(put_login_.get(), 1, static_cast<sqlite3_int64>(put.slot));
  bind_blob(put_login_.get(), 2, put.record);
  return run(put_login_.get());
}

bool NvramDatabase::erase_login(std::uint64_t slot) {
  sqlite3_bind_int64(erase_login_.get(), 1, static_cast<sqlite3_int64>(slot));
  return run(erase_login_.get());
}

bool NvramDatabase::write_setting(const std::string& name, const std::optional<Bytes>& value) {
  sqlite3_stmt* statement = value ? put_setting_.get() : erase_setting_.get();
  bind_text(statement, 1, name);
  if (value) bind_blob(statement, 2, *value);
  return run(statement);
}

bool NvramDatabase::apply(const Nvram::Change& change) {
  for (const auto slot : change.erase_logins) {
    if (!erase_login(slot)) return false;
  }
  for (const auto& put : change.put_logins) {
    if (!put_login(put)) return false;
  }
  for (const auto& [name, value] : change.settings) {
    if (!write_setting(name, value)) return false;
  }
  return true;
}

bool NvramDatabase::write_batch(std::span<const Nvram::Change* const> changes) {
  // A single statement is a transaction by itself, at two statements less.
  if (changes.size() == 1 && operations(*changes.front()) <= 1) return apply(*changes.front());
  bool good = run(begin_.get());
  for (std::size_t i = 0; good && i < changes.size(); ++i) good = apply(*changes[i]);
  return good && run(commit_.get());
}

bool NvramDatabase::write(std::span<const Nvram::Change* const> changes) {
  if (!wake()) return false;
  if (write_batch(changes)) return true;
  roll_back();
  // A commit whose sync failed may lie complete in the log, and would be read after a crash.
  log_in_doubt_ = true;
  (void)settle_log();
  return false;
}

bool NvramDatabase::settle_log() {
  if (!log_in_doubt_) return true;
  log_in_doubt_ = sqlite3_wal_checkpoint_v2(db_.get(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr,
                                            nullptr) != SQLITE_OK;
  return !log_in_doubt_;
}

// Some errors have rolled back already.
void NvramDatabase::roll_back() {
  if (sqlite3_get_autocommit(db_.get()) == 0) {
    sqlite3_exec(db_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
}

bool NvramDatabase::for_each_login(
    const std::function<void(std::uint64_t slot, std::span<const std::uint8_t>)>& visit) {
  if (!wake()) return false;
  const Reset reset(logins_.get());
  while (true) {
    const int result = sqlite3_step(logins_.get());
    if (result == SQLITE_DONE) return true;
    if (result != SQLITE_ROW) {
      error_ = damaged(sqlite3_errmsg(db_.get()));
      return false;
    }
    visit(static_cast<std::uint64_t>(sqlite3_column_int64(logins_.get(), 0)),
          column_blob(logins_.get(), 1));
  }
}

std::expected<std::optional<Bytes>, std::string> NvramDatabase::setting(std::string_view name) {
  if (!wake()) return std::unexpected(error_);
  const Reset reset(get_setting_.get());
  bind_text(get_setting_.get(), 1, name);
  const int result = sqlite3_step(get_setting_.get());
  if (result == SQLITE_ROW) {
    const auto value = column_blob(get_setting_.get(), 0);
    return Bytes(value.begin(), value.end());
  }
  if (result == SQLITE_DONE) return std::nullopt;
  error_ = damaged(sqlite3_errmsg(db_.get()));
  return std::unexpected(error_);
}

std::expected<std::uint64_t, std::string> NvramDatabase::reserve_ids(std::uint32_t count) {
  if (!wake()) return std::unexpected(error_);
  std::uint64_t next = 0;
  {
    const Reset reset(get_counter_.get());
    const int result = sqlite3_step(get_counter_.get());
    if (result != SQLITE_ROW) return std::unexpected(damaged("the id counter is missing"));
    const auto value = sqlite3_column_int64(get_counter_.get(), 0);
    if (value < 1 || sqlite3_column_type(get_counter_.get(), 0) != SQLITE_INTEGER) {
      return std::unexpected(damaged("the id counter is not a positive number"));
    }
    next = static_cast<std::uint64_t>(value);
  }
  if (next > kMaxInteger - count) {
    return std::unexpected(describe("has given out all 2^63 ids"));
  }
  if (count == 0) return next;
  sqlite3_bind_int64(put_counter_.get(), 1, static_cast<sqlite3_int64>(next) + count);
  if (!run(put_counter_.get())) return std::unexpected(error_);
  return next;
}

std::string NvramDatabase::message() const {
  std::string what = sqlite3_errmsg(db_.get());
  const int kind = sqlite3_errcode(db_.get()) & 0xFF;
  if (kind != SQLITE_CANTOPEN && kind != SQLITE_IOERR) return what;
  return what + ": " + system_error_text(sqlite3_system_errno(db_.get()));
}

std::string NvramDatabase::failure() const {
  switch (sqlite3_errcode(db_.get()) & 0xFF) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return damaged(sqlite3_errmsg(db_.get()));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return describe("is in use by another program (another lab?)");
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
      return describe("cannot be written; its directory has to be writable too: " + message());
    default:
      return describe(message());
  }
}

std::string NvramDatabase::describe(std::string_view what) const {
  return "NVRAM file " + file_.string() + ": " + std::string(what);
}

std::string NvramDatabase::damaged(std::string_view what) const {
  return describe("is damaged: " + std::string(what) +
                  ". Nothing was changed. Move it away, with its -wal file, to start with an empty "
                  "NVRAM, or recover what is readable with the sqlite3 shell's .recover command");
}

}  // namespace hbalab::adapter
