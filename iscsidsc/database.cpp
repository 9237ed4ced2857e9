#include "iscsidsc/database.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>

#include "iscsidsc/tree_mount.hpp"

namespace hbalab::dsc {
namespace {

constexpr int kBusyMilliseconds = 30'000;

// SQLite's primary result codes; others are ERROR_IO_DEVICE.
constexpr std::array<std::pair<int, ISDSC_STATUS>, 9> kCodes{{
    {SQLITE_PERM, ERROR_ACCESS_DENIED},
    {SQLITE_BUSY, ERROR_BUSY},
    {SQLITE_LOCKED, ERROR_BUSY},
    {SQLITE_NOMEM, ERROR_NOT_ENOUGH_MEMORY},
    {SQLITE_READONLY, ERROR_ACCESS_DENIED},
    {SQLITE_CORRUPT, ERROR_FILE_CORRUPT},
    {SQLITE_FULL, ERROR_DISK_FULL},
    {SQLITE_CANTOPEN, ERROR_ACCESS_DENIED},
    {SQLITE_NOTADB, ERROR_FILE_CORRUPT},
}};

ISDSC_STATUS status_of_errno(int error) {
  return error == ENOSPC || error == EDQUOT ? ERROR_DISK_FULL : ERROR_ACCESS_DENIED;
}

}  // namespace

void Database::Close::operator()(sqlite3* db) const { ::sqlite3_close_v2(db); }
void Database::Finalize::operator()(sqlite3_stmt* statement) const {
  ::sqlite3_finalize(statement);
}

Database::~Database() {
  if (process_ == ::getpid()) return;
  // A connection does not survive a fork, not even to be closed: it belongs to the parent.
  for (Statement* statement : {&list_, &list_prefix_, &find_, &put_, &erase_, &erase_all_}) {
    (void)statement->release();
  }
  (void)db_.release();
}

Outcome<std::unique_ptr<Database>> Database::open(const std::string& directory) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(directory).parent_path(), error);
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return std::unexpected(status_of_errno(errno));
  }
  // Only one process at a time makes the file or brings it up to date.
  const Descriptor lock(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock.ok()) return std::unexpected(status_of_errno(errno));
  while (::flock(lock.get(), LOCK_EX) != 0 && errno == EINTR) {
  }
  std::unique_ptr<Database> database(new Database);
  if (const auto status = database->connect(directory); status != ISDSC_SUCCESS) {
    return std::unexpected(status);
  }
  return database;
}

ISDSC_STATUS Database::connect(const std::string& directory) {
  process_ = ::getpid();
  file_ = file_in(directory);
  // SQLite gives its other files the mode of this one.
  const Descriptor file(::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  struct stat attributes{};
  if (!file.ok() || ::fstat(file.get(), &attributes) != 0) return status_of_errno(errno);
  device_ = attributes.st_dev;
  inode_ = attributes.st_ino;
  sqlite3* db = nullptr;
  const int code = ::sqlite3_open_v2(
      file_.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
      nullptr);
  db_.reset(db);
  if (code != SQLITE_OK) {
    fail(code);
    return failure_;
  }
  ::sqlite3_busy_timeout(db, kBusyMilliseconds);
  execute("PRAGMA journal_mode = WAL");
  execute("PRAGMA synchronous = FULL");
  if (failure_ != ISDSC_SUCCESS) return failure_;
  return create_schema();
}

ISDSC_STATUS Database::create_schema() {
  Statement version;
  int application = 0, found = 0;
  if (auto* statement = ready(version, "PRAGMA application_id", {}); step(statement)) {
    application = ::sqlite3_column_int(statement, 0);
  }
  version.reset();
  if (auto* statement = ready(version, "PRAGMA user_version", {}); step(statement)) {
    found = ::sqlite3_column_int(statement, 0);
  }
  version.reset();
  if (failure_ != ISDSC_SUCCESS) return failure_;
  if (application == kApplicationId && found == kSchemaVersion) return ISDSC_SUCCESS;
  // Somebody else's file, or one of a later version.
  if (application != 0 || found != 0) return ERROR_FILE_CORRUPT;
  return write([&] {
    execute(
        "CREATE TABLE item(ordinal INTEGER PRIMARY KEY AUTOINCREMENT, list TEXT NOT NULL, "
        "key TEXT NOT NULL, record TEXT NOT NULL, UNIQUE(list, key))");
    execute(("PRAGMA application_id = " + std::to_string(kApplicationId)).c_str());
    execute(("PRAGMA user_version = " + std::to_string(kSchemaVersion)).c_str());
    return ISDSC_SUCCESS;
  });
}

bool Database::current() const {
  struct stat attributes{};
  return process_ == ::getpid() && ::stat(file_.c_str(), &attributes) == 0 &&
         attributes.st_dev == device_ && attributes.st_ino == inode_;
}

ISDSC_STATUS Database::read(const std::function<ISDSC_STATUS()>& body) {
  return transact("BEGIN", body);
}

ISDSC_STATUS Database::write(const std::function<ISDSC_STATUS()>& body) {
  return transact("BEGIN IMMEDIATE", body);
}

ISDSC_STATUS Database::transact(const char* begin, const std::function<ISDSC_STATUS()>& body) {
  failure_ = ISDSC_SUCCESS;
  execute(begin);
  if (failure_ != ISDSC_SUCCESS) return failure_;
  ISDSC_STATUS status = ERROR_NOT_ENOUGH_MEMORY;
  try {
    status = body();
  } catch (...) {
    ::sqlite3_exec(db_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
    throw;
  }
  if (status == ISDSC_SUCCESS && failure_ == ISDSC_SUCCESS) execute("COMMIT");
  if (failure_ != ISDSC_SUCCESS) status = failure_;
  if (status != ISDSC_SUCCESS) {
    ::sqlite3_exec(db_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
  return status;
}

std::vector<Database::Item> Database::items(std::string_view list) {
  return rows(
      ready(list_, "SELECT key, record FROM item WHERE list = ?1 ORDER BY ordinal", {list}));
}

std::vector<Database::Item> Database::items(std::string_view list, std::string_view prefix) {
  return rows(ready(list_prefix_,
                    "SELECT key, record FROM item WHERE list = ?1 AND substr(key, 1, length(?2)) = "
                    "?2 AND key >= ?2 ORDER BY ordinal",
                    {list, prefix}));
}

std::optional<SecretText> Database::find(std::string_view list, std::string_view key) {
  auto found =
      rows(ready(find_, "SELECT key, record FROM item WHERE list = ?1 AND key = ?2", {list, key}));
  if (found.empty()) return std::nullopt;
  return std::move(found.front().record);
}

void Database::put(std::string_view list, std::string_view key, std::string_view record) {
  step(ready(put_,
             "INSERT INTO item(list, key, record) VALUES(?1, ?2, ?3) ON CONFLICT(list, key) DO "
             "UPDATE SET record = excluded.record WHERE record <> excluded.record",
             {list, key, record}));
}

bool Database::erase(std::string_view list, std::string_view key) {
  step(ready(erase_, "DELETE FROM item WHERE list = ?1 AND key = ?2", {list, key}));
  return failure_ == ISDSC_SUCCESS && ::sqlite3_changes(db_.get()) > 0;
}

void Database::erase_all(std::string_view list) {
  step(ready(erase_all_, "DELETE FROM item WHERE list = ?1", {list}));
}

void Database::execute(const char* sql) {
  if (failure_ != ISDSC_SUCCESS) return;
  fail(::sqlite3_exec(db_.get(), sql, nullptr, nullptr, nullptr));
}

sqlite3_stmt* Database::ready(Statement& statement, const char* sql,
                              std::initializer_list<std::string_view> texts) {
  if (failure_ != ISDSC_SUCCESS) return nullptr;
  if (!statement) {
    sqlite3_stmt* made = nullptr;
    fail(::sqlite3_prepare_v3(db_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &made, nullptr));
    statement.reset(made);
  }
  if (failure_ != ISDSC_SUCCESS) return nullptr;
  ::sqlite3_reset(statement.get());
  int index = 0;
  for (const std::string_view text : texts) {
    fail(::sqlite3_bind_text64(statement.get(), ++index, text.data(), text.size(), SQLITE_STATIC,
                               SQLITE_UTF8));
  }
  return failure_ == ISDSC_SUCCESS ? statement.get() : nullptr;
}

bool Database::step(sqlite3_stmt* statement) {
  if (statement == nullptr) return false;
  const int code = ::sqlite3_step(statement);
  if (code == SQLITE_ROW) return true;
  ::sqlite3_reset(statement);
  if (code != SQLITE_DONE) fail(code);
  return false;
}

std::vector<Database::Item> Database::rows(sqlite3_stmt* statement) {
  std::vector<Item> found;
  const auto text = [&](int column) {
    const auto* bytes = static_cast<const char*>(::sqlite3_column_blob(statement, column));
    const auto size = static_cast<std::size_t>(::sqlite3_column_bytes(statement, column));
    return bytes == nullptr ? std::string_view() : std::string_view(bytes, size);
  };
  while (step(statement)) found.push_back({std::string(text(0)), SecretText(text(1))});
  return found;
}

void Database::fail(int code) {
  if (code == SQLITE_OK || failure_ != ISDSC_SUCCESS) return;
  const auto row = std::ranges::find(kCodes, code & 0xFF, &std::pair<int, ISDSC_STATUS>::first);
  failure_ = row == kCodes.end() ? ERROR_IO_DEVICE : row->second;
}

}  // namespace hbalab::dsc
