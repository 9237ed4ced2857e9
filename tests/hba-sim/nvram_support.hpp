// What the tests of NVRAM files do with them.
#pragma once

#include <sqlite3.h>

#include <fstream>
#include <limits>
#include <set>

#include "hba-sim/adapter/nvram_pool.hpp"
#include "login_store_support.hpp"

namespace hbalab::adapter {

inline std::unique_ptr<Nvram> open_nvram(const std::filesystem::path& file,
                                         NvramOptions options = {}) {
  auto nvram = Nvram::open(file, {}, options);
  INFO((nvram ? "" : nvram.error()));
  REQUIRE(nvram.has_value());
  return std::move(*nvram);
}

// Submits one change and waits for its answer.
inline bool write(Nvram& nvram, Nvram::Change change) {
  std::optional<bool> answer;
  {
    const Nvram::HelpScope help(nvram);
    nvram.submit(std::move(change), [&](bool ok) { answer = ok; });
  }
  REQUIRE(answer.has_value());  // nobody else submits, so this thread did the commit
  return *answer;
}

inline bool put(Nvram& nvram, std::uint64_t slot, Bytes record) {
  Nvram::Change change;
  change.put_logins.push_back({slot, std::move(record)});
  return write(nvram, std::move(change));
}

inline std::map<std::uint64_t, Bytes> logins(Nvram& nvram) {
  std::map<std::uint64_t, Bytes> out;
  REQUIRE(nvram.for_each_login([&](std::uint64_t slot, std::span<const std::uint8_t> record) {
    out[slot] = Bytes(record.begin(), record.end());
  }));
  return out;
}

inline void run_sql(const std::filesystem::path& file, const std::string& sql) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &db) == SQLITE_OK);
  char* message = nullptr;
  const int result = sqlite3_exec(db, sql.c_str(), nullptr, nullptr, &message);
  INFO((message == nullptr ? "" : message));
  REQUIRE(result == SQLITE_OK);
  sqlite3_close(db);
}

inline std::string read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_file(const std::filesystem::path& file, std::string_view text) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << text;
}

// How many NVRAM files may be open, for one scope.
class Bound {
 public:
  explicit Bound(std::size_t bound) { NvramPool::shared().set_bound(bound); }
  ~Bound() { NvramPool::shared().set_bound(std::numeric_limits<std::size_t>::max()); }
  Bound(const Bound&) = delete;
  Bound& operator=(const Bound&) = delete;
};

// Names of the files below a directory that this process has open.
inline std::multiset<std::string> open_files(const std::filesystem::path& directory) {
  std::multiset<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;  // that of the iterator
    const auto file = std::filesystem::read_symlink(entry.path(), gone);
    if (!gone && file.parent_path() == directory) out.insert(file.filename());
  }
  return out;
}

}  // namespace hbalab::adapter
