// NVRAM files that are closed for a while, because no more than a bound of them may be open.
#include <sys/resource.h>
#include <sys/wait.h>

#include <array>
#include <csignal>

#include "nvram_support.hpp"

using namespace hbalab;
using namespace hbalab::adapter;

namespace {

using Names = std::multiset<std::string>;

std::uint64_t parked() { return NvramPool::shared().parked(); }

// Two NVRAMs of which one at a time can be open. "one" holds a record, and is parked.
struct Pair {
  Pair() {
    REQUIRE(put(*one, 1, bytes_of("first")));
    park();
  }
  void park() {
    REQUIRE(two->setting("any") == std::nullopt);
    REQUIRE(open_files(directory.path()) == Names{"two", "two-wal"});
  }
  [[nodiscard]] std::filesystem::path file(const char* suffix = "") const {
    return directory.file() += suffix;
  }
  // Every use fails for this reason, and nothing is made or changed.
  void check_unusable(std::string_view reason) {
    const auto text = [](const std::filesystem::path& path) {
      return std::filesystem::exists(path) ? read_file(path) : "nothing";
    };
    const auto before = std::pair(text(file()), text(file("-wal")));
    const auto check_error = [&](const std::string& error) {
      INFO(error);
      CHECK(error.starts_with("NVRAM file " + file().string() + ": "));
      CHECK(error.contains(reason));
    };
    CHECK_FALSE(put(*one, 2, bytes_of("second")));
    check_error(one->last_error());
    CHECK_FALSE(one->for_each_login([](std::uint64_t, std::span<const std::uint8_t>) {}));
    check_error(one->last_error());
    check_error(one->setting("any").error());
    check_error(one->reserve_ids(1).error());
    one->trim();
    CHECK(std::pair(text(file()), text(file("-wal"))) == before);
    CHECK_FALSE(open_files(directory.path()).contains("nvram.sqlite3"));
  }
  void check_usable() {
    CHECK(logins(*one) == std::map<std::uint64_t, Bytes>{{1, bytes_of("first")}});
    CHECK(put(*one, 2, bytes_of("second")));
    park();
    CHECK(logins(*one).size() == 2);
  }

  TestDirectory directory;
  Bound bound{1};
  std::unique_ptr<Nvram> one = open_nvram(directory.file());
  std::unique_ptr<Nvram> two = open_nvram(directory.file("two"));
};

// `action` runs in a process of its own, which SIGKILL ends when it has, and `meanwhile` too.
void meddle(const std::function<void()>& action, const std::function<void()>& meanwhile = [] {}) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    action();
    (void)!::write(ends[1], "x", 1);
    while (true) ::pause();
  }
  char byte = 0;
  CHECK(::read(ends[0], &byte, 1) == 1);
  meanwhile();
  ::kill(child, SIGKILL);
  CHECK(::waitpid(child, nullptr, 0) == child);
  for (const int end : ends) ::close(end);
}

}  // namespace

TEST_CASE("No more files are open than the bound allows, whatever is used") {
  const TestDirectory directory;
  const Bound bound(3);
  const auto before = parked();
  constexpr std::size_t kCount = 12;
  {
    std::vector<std::unique_ptr<Nvram>> nvrams;
    const auto check = [&] { CHECK(open_files(directory.path()).size() <= 6); };
    for (std::size_t i = 0; i < kCount; ++i) {
      nvrams.push_back(open_nvram(directory.file(std::to_string(i).c_str())));
      check();
    }
    for (std::uint64_t round = 1; round <= 5; ++round) {
      for (std::size_t i = 0; i < kCount; ++i) {
        CHECK(put(*nvrams[i], round, Bytes(100 * (i + 1), static_cast<std::uint8_t>(round))));
        check();
        CHECK(nvrams[i]->reserve_ids(7) == 7 * (round - 1) + 1);
      }
      for (auto& nvram : nvrams) {
        CHECK(logins(*nvram).size() == round);
        check();
        CHECK(nvram->last_error().empty());
      }
    }
    CHECK(parked() - before >= 10 * kCount);
  }
  CHECK(open_files(directory.path()).empty());
  for (std::size_t i = 0; i < kCount; ++i) {
    // Each ended as it does without a bound: everything in the file, and no log.
    const auto file = directory.file(std::to_string(i).c_str());
    CHECK_FALSE(std::filesystem::exists(std::filesystem::path(file) += "-wal"));
    const auto nvram = open_nvram(file);
    const auto found = logins(*nvram);
    REQUIRE(found.size() == 5);
    CHECK(found.at(4) == Bytes(100 * (i + 1), 4));
    CHECK(nvram->reserve_ids(1) == 36u);
  }
}

TEST_CASE("Those that were used last stay open") {
  const TestDirectory directory;
  const Bound bound(2);
  const auto a = open_nvram(directory.file("a"));
  const auto b = open_nvram(directory.file("b"));
  CHECK(a->setting("x") == std::nullopt);
  const auto c = open_nvram(directory.file("c"));
  CHECK(open_files(directory.path()) == Names{"a", "a-wal", "c", "c-wal"});
  CHECK(put(*b, 1, {}));
  CHECK(open_files(directory.path()) == Names{"b", "b-wal", "c", "c-wal"});
  // A bound that comes later holds at once.
  NvramPool::shared().set_bound(1);
  CHECK(open_files(directory.path()) == Names{"b", "b-wal"});
  // What is about its memory and its state opens no file.
  a->trim();
  CHECK(a->last_error().empty());
  CHECK(open_files(directory.path()) == Names{"b", "b-wal"});
}

TEST_CASE("The bound follows the limit of open files") {
  CHECK(NvramPool::files_for(10'000) == 21'024);
  CHECK(NvramPool::bound_for(20'000) == 9488);
  CHECK(NvramPool::bound_for(1024) == 256);
  CHECK(NvramPool::bound_for(0) == 1);
  CHECK(NvramPool::bound_for(RLIM_INFINITY) > 1'000'000'000);
  for (const std::size_t count : {1u, 100u, 511u, 512u, 10'000u, 1'000'000u}) {
    CHECK(NvramPool::bound_for(NvramPool::files_for(count)) >= count);
  }
}

TEST_CASE("A parked NVRAM keeps its size and what was not synced into its file") {
  const TestDirectory directory;
  const Bound bound(1);
  const auto small = open_nvram(directory.file(), {.max_pages = 20});
  const auto other = open_nvram(directory.file("other"));
  std::uint64_t slot = 0;
  while (slot < 1000 && put(*small, slot + 1, Bytes(3000, 7))) {
    ++slot;
    const auto file = read_file(directory.file());
    const auto log = read_file(directory.file("nvram.sqlite3-wal"));
    CHECK(other->setting("any") == std::nullopt);
    // Parking writes nothing.
    CHECK(read_file(directory.file()) == file);
    CHECK(read_file(directory.file("nvram.sqlite3-wal")) == log);
  }
  CHECK(slot > 5);
  CHECK(slot < 1000);
  CHECK(small->last_error().contains("full"));
  CHECK(logins(*small).size() == slot);
}

TEST_CASE("Removed records do not stay in the log of a parked NVRAM") {
  Pair pair;
  Nvram::Change change;
  change.erase_logins = {1};
  CHECK(write(*pair.one, std::move(change)));
  pair.park();
  CHECK(read_file(pair.file("-wal")).contains("first"));  // as it does in that of an open one
  pair.one.reset();
  CHECK_FALSE(std::filesystem::exists(pair.file("-wal")));
  CHECK_FALSE(read_file(pair.file()).contains("first"));
}

TEST_CASE("A parked file that is gone is not made anew, and used when it is back") {
  Pair pair;
  const auto away = pair.directory.file("away");
  std::filesystem::rename(pair.file(), away);
  pair.check_unusable("cannot be opened again: No such file or directory");
  std::filesystem::rename(away, pair.file());
  pair.check_usable();
  pair.park();
  std::filesystem::rename(pair.file("-wal"), away);
  pair.check_unusable("was changed or replaced, or its -wal file was");
  std::filesystem::rename(away, pair.file("-wal"));
  CHECK(logins(*pair.one).size() == 2);
}

TEST_CASE("A parked file that is another one is not written to") {
  Pair pair;
  const auto foreign = pair.directory.file("foreign");
  SECTION("an NVRAM under its name") {
    CHECK(put(*open_nvram(foreign), 1, bytes_of("foreign")));
    std::filesystem::rename(foreign, pair.file());
  }
  SECTION("an NVRAM copied over it") {
    CHECK(put(*open_nvram(foreign), 1, bytes_of("foreign")));
    const auto options = std::filesystem::copy_options::overwrite_existing;
    CHECK(std::filesystem::copy_file(foreign, pair.file(), options));
  }
  SECTION("no database at all") { write_file(pair.file(), "a text"); }
  SECTION("nothing in it") { write_file(pair.file(), ""); }
  SECTION("its log cut short") { std::filesystem::resize_file(pair.file("-wal"), 100); }
  pair.check_unusable("Start the lab again to use it as it is now");
}

TEST_CASE("Another process that writes to a parked file is found out") {
  Pair pair;
  meddle([&] { run_sql(pair.file(), "UPDATE login SET record=x'00'"); });
  pair.check_unusable("was changed or replaced");
  // The lab that starts next takes it as it is.
  pair.one.reset();
  CHECK(logins(*open_nvram(pair.file())) == std::map<std::uint64_t, Bytes>{{1, {0}}});
}

TEST_CASE("Another process that has a parked file locked is in the way until it ends") {
  Pair pair;
  meddle(
      [&] {
        sqlite3* db = nullptr;
        sqlite3_open(pair.file().c_str(), &db);
        sqlite3_exec(db, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr);
      },
      [&] { pair.check_unusable("is in use by another program"); });
  pair.check_usable();
}

TEST_CASE("A file that is replaced while it is open stays open") {
  Pair pair;
  CHECK(logins(*pair.one).size() == 1);
  const auto away = pair.directory.file("away");
  std::filesystem::rename(pair.file(), away);
  std::filesystem::copy_file(away, pair.file());
  CHECK(pair.two->setting("any") == std::nullopt);
  CHECK(open_files(pair.directory.path()).contains("away"));
  std::filesystem::rename(away, pair.file());
  pair.park();
  pair.check_usable();
}

TEST_CASE("Too many open files are an error of the one use") {
  Pair pair;
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  // The numbers below this limit are taken.
  const rlimit none{3, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  const bool written = put(*pair.one, 2, bytes_of("second"));
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK_FALSE(written);
  INFO(pair.one->last_error());
  CHECK(pair.one->last_error().contains(pair.file().string() + ": cannot be opened: "));
  CHECK(pair.one->last_error().contains("Too many open files"));
  pair.check_usable();
}

TEST_CASE("An NVRAM whose log may hold a failed change stays open until that is out of it") {
  Pair pair;
  CHECK(put(*pair.one, 1, bytes_of("first")));
  // Neither the log nor the file can be written; the signal would end the process.
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const rlimit none{0, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &none) == 0);
  const bool written = put(*pair.one, 2, bytes_of("failed"));
  const bool nothing = write(*pair.one, {});  // succeeds, and leaves the log as it is
  const auto read = pair.two->setting("any");
  const auto open = open_files(pair.directory.path());
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  std::signal(SIGXFSZ, handler);
  CHECK_FALSE(written);
  CHECK(nothing);
  CHECK(read == std::nullopt);
  CHECK(open == Names{"nvram.sqlite3", "nvram.sqlite3-wal"});
  pair.park();
  CHECK(read_file(pair.file("-wal")).empty());
  pair.check_usable();
}
