// The file in which the initiator service keeps its lists: keyed records in the order in which they
// came, several lists in one table. Several processes may use it at once; what a transaction
// committed is durable.
//
// Schema (application_id kApplicationId, PRAGMA user_version):
//   1  item(ordinal INTEGER PRIMARY KEY AUTOINCREMENT, list TEXT, key TEXT, record TEXT,
//           UNIQUE(list, key)); record is JSON, behind it perhaps credentials (state_records.hpp)
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "iscsidsc/errors.hpp"
#include "iscsidsc/secrets.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace hbalab::dsc {

class Database {
 public:
  static constexpr int kApplicationId = 0x48424C53;  // "HBLS"
  static constexpr int kSchemaVersion = 1;

  struct Item {
    std::string key;
    SecretText record;
  };

  [[nodiscard]] static std::string file_in(const std::string& directory) {
    return directory + "/service.db";
  }
  // Creates directory and file when they are missing, for their owner only.
  [[nodiscard]] static Outcome<std::unique_ptr<Database>> open(const std::string& directory);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Still the file that lies there, and the process that opened it.
  [[nodiscard]] bool current() const;

  // One transaction; rolled back when `body` does not succeed. What a call of the members below
  // fails with ends it as well, whatever `body` says: the first failure sticks.
  [[nodiscard]] ISDSC_STATUS read(const std::function<ISDSC_STATUS()>& body);
  [[nodiscard]] ISDSC_STATUS write(const std::function<ISDSC_STATUS()>& body);

  // Inside of a transaction.
  [[nodiscard]] std::vector<Item> items(std::string_view list);
  // Those whose key begins with `prefix`.
  [[nodiscard]] std::vector<Item> items(std::string_view list, std::string_view prefix);
  [[nodiscard]] std::optional<SecretText> find(std::string_view list, std::string_view key);
  // A record that is there already keeps its place.
  void put(std::string_view list, std::string_view key, std::string_view record);
  bool erase(std::string_view list, std::string_view key);
  void erase_all(std::string_view list);

 private:
  struct Close {
    void operator()(sqlite3* db) const;
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

  Database() = default;
  [[nodiscard]] ISDSC_STATUS connect(const std::string& directory);
  [[nodiscard]] ISDSC_STATUS create_schema();
  [[nodiscard]] ISDSC_STATUS transact(const char* begin, const std::function<ISDSC_STATUS()>& body);
  void execute(const char* sql);
  // The statement with its texts bound, which are not copied; null after a failure.
  sqlite3_stmt* ready(Statement& statement, const char* sql,
                      std::initializer_list<std::string_view> texts);
  // Whether there is a row.
  bool step(sqlite3_stmt* statement);
  [[nodiscard]] std::vector<Item> rows(sqlite3_stmt* statement);
  void fail(int code);

  std::string file_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  pid_t process_ = 0;
  std::unique_ptr<sqlite3, Close> db_;
  Statement list_, list_prefix_, find_, put_, erase_, erase_all_;
  ISDSC_STATUS failure_ = ISDSC_SUCCESS;  // of the transaction under way
};

}  // namespace hbalab::dsc
