#include <sys/stat.h>

#include "hba-sim/adapter/login_store_record.hpp"
#include "hba-sim/adapter/nvram_database.hpp"
#include "nvram_support.hpp"

using namespace hbalab;
using namespace hbalab::adapter;

namespace {

std::string open_error(const std::filesystem::path& file) {
  const auto nvram = Nvram::open(file, {});
  return nvram ? "" : nvram.error();
}

}  // namespace

TEST_CASE("What was written is there after opening again") {
  const TestDirectory directory;
  {
    const auto nvram = open_nvram(directory.file());
    CHECK(put(*nvram, 3, bytes_of("three")));
    CHECK(put(*nvram, 1, {}));
    CHECK(put(*nvram, 2, bytes_of("two")));
    Nvram::Change change;
    change.erase_logins = {2, 99};
    change.put_logins.push_back({3, bytes_of("THREE")});
    change.settings = {{"name", bytes_of("value")}, {"empty", Bytes{}}, {"none", std::nullopt}};
    CHECK(write(*nvram, std::move(change)));
    CHECK(nvram->file() == directory.file());
    CHECK(nvram->stats().commits == 4);
    CHECK(nvram->stats().changes == 4);
    CHECK(nvram->stats().helped == 4);
  }
  const auto nvram = open_nvram(directory.file());
  CHECK(logins(*nvram) == std::map<std::uint64_t, Bytes>{{1, {}}, {3, bytes_of("THREE")}});
  CHECK(nvram->setting("name") == bytes_of("value"));
  CHECK(nvram->setting("empty") == Bytes{});
  CHECK(nvram->setting("none") == std::nullopt);
  CHECK(nvram->last_error().empty());
  CHECK(write(*nvram, {{}, {}, {{"name", std::nullopt}}}));
  CHECK(nvram->setting("name") == std::nullopt);
  CHECK(write(*nvram, {}));  // an empty change is durable at once
  CHECK_FALSE(nvram->help());
}

TEST_CASE("The file and its log are for their owner only") {
  const TestDirectory directory;
  const auto mode = [&](const std::filesystem::path& file) {
    struct stat status{};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    return status.st_mode & 0777;
  };
  {
    const auto nvram = open_nvram(directory.file());
    CHECK(put(*nvram, 1, bytes_of("secret")));
    CHECK(mode(directory.file()) == 0600);
    CHECK(mode(directory.file("nvram.sqlite3-wal")) == 0600);
  }
  REQUIRE(::chmod(directory.file().c_str(), 0644) == 0);
  const auto nvram = open_nvram(directory.file());
  CHECK(mode(directory.file()) == 0600);
}

TEST_CASE("Ids are never given out twice") {
  const TestDirectory directory;
  {
    const auto nvram = open_nvram(directory.file());
    CHECK(nvram->reserve_ids(10) == 1u);
    CHECK(nvram->reserve_ids(1) == 11u);
    nvram->set_faults({.write_fails = true});
    CHECK(nvram->faults().write_fails);
    CHECK_FALSE(nvram->reserve_ids(1));
  }
  const auto nvram = open_nvram(directory.file());
  CHECK(nvram->reserve_ids(0xFFFFFFFF) == 12u);
  CHECK(nvram->reserve_ids(1) == 12ull + 0xFFFFFFFFull);
}

TEST_CASE("Writes fail as long as the fault is set, and leave nothing") {
  const TestDirectory directory;
  const auto nvram = open_nvram(directory.file());
  CHECK(put(*nvram, 1, bytes_of("old")));
  nvram->set_faults({.write_fails = true});
  CHECK_FALSE(put(*nvram, 1, bytes_of("new")));
  CHECK_FALSE(put(*nvram, 2, bytes_of("new")));
  CHECK(nvram->last_error().contains("write_fails"));
  CHECK(nvram->stats().failed == 2);
  CHECK(logins(*nvram) == std::map<std::uint64_t, Bytes>{{1, bytes_of("old")}});
  nvram->set_faults({});
  CHECK(put(*nvram, 2, bytes_of("new")));
  CHECK(logins(*nvram).size() == 2);
}

TEST_CASE("One write can be made to fail, alone") {
  const TestDirectory directory;
  const auto nvram = open_nvram(directory.file());
  nvram->set_faults({.fails_at = 3});
  CHECK(put(*nvram, 1, bytes_of("one")));
  CHECK(nvram->faults().fails_at == 2);
  CHECK(put(*nvram, 2, bytes_of("two")));
  CHECK_FALSE(put(*nvram, 3, bytes_of("three")));
  CHECK(nvram->last_error().contains("asked for"));
  CHECK(nvram->faults().fails_at == 0);
  CHECK(put(*nvram, 4, bytes_of("four")));
  CHECK(nvram->last_error().empty());
  CHECK(nvram->stats().failed == 1);
  // In one batch the others are written.
  std::vector<bool> done;
  nvram->set_faults({.fails_at = 2});
  nvram->begin_help();
  for (std::uint64_t slot = 5; slot < 8; ++slot) {
    Nvram::Change change;
    change.put_logins.push_back({slot, bytes_of("batch")});
    nvram->submit(std::move(change), [&done](bool ok) { done.push_back(ok); });
  }
  nvram->end_help();
  CHECK(done == std::vector<bool>{true, false, true});
  CHECK(logins(*nvram).size() == 5);
}

TEST_CASE("A full chip fails writes until there is room again") {
  const TestDirectory directory;
  const auto nvram = open_nvram(directory.file(), {.max_pages = 20});
  std::uint64_t slot = 0;
  while (slot < 1000 && put(*nvram, slot + 1, Bytes(3000, 7))) ++slot;
  REQUIRE(slot > 0);
  REQUIRE(slot < 1000);
  CHECK(nvram->last_error().contains("full"));
  CHECK(nvram->last_error().contains(directory.file().string()));
  CHECK(logins(*nvram).size() == slot);
  // In one change: all or nothing.
  Nvram::Change both;
  both.settings = {{"a", bytes_of("b")}};
  both.put_logins = {{500, Bytes(3000, 7)}, {501, Bytes(3000, 7)}};
  CHECK_FALSE(write(*nvram, std::move(both)));
  CHECK(nvram->setting("a") == std::nullopt);
  CHECK(logins(*nvram).size() == slot);
  Nvram::Change erase;
  erase.erase_logins = {1};
  CHECK(write(*nvram, std::move(erase)));
  CHECK(put(*nvram, 500, Bytes(3000, 7)));
  CHECK(logins(*nvram).size() == slot);
}

TEST_CASE("What could never be stored fails by itself") {
  const TestDirectory directory;
  const auto nvram = open_nvram(directory.file());
  std::vector<bool> answers;
  const auto note = [&](bool ok) { answers.push_back(ok); };
  {
    const Nvram::HelpScope help(*nvram);
    nvram->submit({{{1, bytes_of("a")}}, {}, {}}, note);
    nvram->submit({{{2, Bytes(Nvram::kMaxValueBytes + 1)}}, {}, {}}, note);
    nvram->submit({{{1ull << 63, bytes_of("a")}}, {}, {}}, note);
    nvram->submit({{{3, bytes_of("a")}}, {}, {}}, note);
  }
  CHECK(answers == std::vector{true, false, false, true});
  CHECK(logins(*nvram).size() == 2);
  CHECK(nvram->stats().commits == 1);
  CHECK(nvram->stats().changes == 2);
}

TEST_CASE("What is queued when the NVRAM is destroyed is committed first") {
  const TestDirectory directory;
  int answered = 0;
  {
    const auto nvram = open_nvram(directory.file());
    nvram->begin_help();  // an announced helper that never comes holds nothing up at the end
    for (std::uint64_t slot = 1; slot <= 100; ++slot) {
      nvram->submit({{{slot, bytes_of("x")}}, {}, {}}, [&](bool ok) { answered += ok ? 1 : 0; });
    }
  }
  CHECK(answered == 100);
  CHECK(logins(*open_nvram(directory.file())).size() == 100);
}

TEST_CASE("Completions come through enter, one batch a time") {
  const TestDirectory directory;
  int entered = 0;
  int answered = 0;
  auto nvram = Nvram::open(directory.file(), [&](std::move_only_function<void()> action) {
    ++entered;
    action();
  });
  REQUIRE(nvram);
  {
    const Nvram::HelpScope help(**nvram);
    for (std::uint64_t slot = 1; slot <= 10; ++slot) {
      (*nvram)->submit({{{slot, {}}}, {}, {}}, [&](bool) { ++answered; });
    }
  }
  CHECK(entered == 1);
  CHECK(answered == 10);
}

TEST_CASE("A database of schema version 1 is migrated") {
  const TestDirectory directory;
  const std::string version_1 =
      "PRAGMA application_id=" + std::to_string(NvramDatabase::kApplicationId) +
      ";PRAGMA user_version=1;"
      "CREATE TABLE login(slot INTEGER PRIMARY KEY, record BLOB NOT NULL);"
      "CREATE TABLE setting(name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"
      "INSERT INTO login VALUES(5, x'0102');"
      "INSERT INTO setting VALUES('kept', x'03');";
  SECTION("with ids given out") {
    run_sql(directory.file(),
            version_1 + "INSERT INTO setting VALUES('next-id', x'3412000000000000');");
    for (const std::uint64_t expected : {0x1234u, 0x1235u}) {
      const auto nvram = open_nvram(directory.file());
      CHECK(logins(*nvram) == std::map<std::uint64_t, Bytes>{{5, {1, 2}}});
      CHECK(nvram->setting("kept") == Bytes{3});
      CHECK(nvram->setting("next-id") == std::nullopt);
      CHECK(nvram->reserve_ids(1) == expected);
    }
  }
  SECTION("without") {
    run_sql(directory.file(), version_1);
    CHECK(open_nvram(directory.file())->reserve_ids(1) == 1u);
  }
  SECTION("with a counter that is none: refused, and left as it is") {
    run_sql(directory.file(), version_1 + "INSERT INTO setting VALUES('next-id', x'34');");
    CHECK(open_error(directory.file()).contains("next-id has 1 bytes, expected 8"));
    CHECK(open_error(directory.file()).contains("next-id has 1 bytes, expected 8"));
    run_sql(directory.file(), "UPDATE setting SET value=x'0700000000000000' WHERE name='next-id'");
    CHECK(open_nvram(directory.file())->reserve_ids(1) == 7u);
  }
}

TEST_CASE("A newer schema is refused and not touched") {
  const TestDirectory directory;
  open_nvram(directory.file());
  run_sql(directory.file(), "PRAGMA user_version=3");
  const auto before = read_file(directory.file());
  const auto error = open_error(directory.file());
  INFO(error);
  CHECK(error.contains(directory.file().string()));
  CHECK(error.contains("newer version"));
  CHECK(error.contains("version 3"));
  CHECK(error.contains("up to 2"));
  CHECK(read_file(directory.file()) == before);
}

TEST_CASE("Files that are no NVRAM are refused and not replaced") {
  const TestDirectory directory;
  const auto refused = [&](std::string_view expected) {
    const auto before = read_file(directory.file());
    const auto error = open_error(directory.file());
    INFO(error);
    CHECK(error.contains(directory.file().string()));
    CHECK(error.contains(expected));
    CHECK(read_file(directory.file()) == before);
  };
  write_file(directory.file(), "");
  refused("is damaged: the file is empty");
  write_file(directory.file(), "this is a text, not a database");
  refused("is damaged");
  write_file(directory.file(), std::string(10'000, 'x'));
  refused("Move it away");
  std::filesystem::remove(directory.file());
  run_sql(directory.file(), "CREATE TABLE t(x); INSERT INTO t VALUES(1);");
  refused("not the NVRAM of a simulated adapter");
  std::filesystem::remove(directory.file());
  run_sql(directory.file(),
          "PRAGMA application_id=" + std::to_string(NvramDatabase::kApplicationId) +
              ";PRAGMA user_version=2; CREATE TABLE login(slot INTEGER PRIMARY KEY, record BLOB);");
  const auto error = open_error(directory.file());
  INFO(error);
  CHECK(error.contains("no such table"));
}

TEST_CASE("Damage is found when the NVRAM is opened, wherever it is") {
  const TestDirectory directory;
  {
    const auto nvram = open_nvram(directory.file());
    for (std::uint64_t slot = 1; slot <= 40; ++slot) {
      auto login = make_login("iqn.2026-01.org.example:disk", "192.0.2.1",
                              static_cast<std::uint32_t>(slot), std::string(100, 'u'));
      login.security_flags = slot;
      CHECK(put(*nvram, slot, encode_record(login)));
    }
  }
  const std::string good = read_file(directory.file());
  REQUIRE(good.size() > 8192);
  std::size_t refused = 0;
  std::size_t tried = 0;
  for (std::size_t at = 0; at < good.size(); at += 101, ++tried) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x55);
    write_file(directory.file(), bad);
    auto nvram = Nvram::open(directory.file(), {});
    if (!nvram) {
      ++refused;
      CHECK(nvram.error().contains(directory.file().string()));
      continue;
    }
    // Pages carry no checksum, but records do: every login that is read is one that was written.
    const auto store = LoginStore::create(**nvram, 100);
    if (!store) {
      ++refused;
      CHECK(store.error().contains(directory.file().string()));
      continue;
    }
    (*store)->for_each([&](LoginStore::RecordId id, const PersistentLogin& login) {
      CHECK(id >= 1);
      CHECK(login.security_flags >= 1);
      CHECK(login.security_flags <= 40);
    });
  }
  CHECK(refused > tried / 4);
}

TEST_CASE("Places where no file can be written") {
  const TestDirectory directory;
  CHECK(open_error(directory.path() / "missing" / "nvram.sqlite3").contains("cannot be created"));
  CHECK(open_error(directory.path()).contains("is not a regular file"));
  write_file(directory.path() / "file", "x");
  CHECK(open_error(directory.path() / "file" / "nvram.sqlite3").contains("Not a directory"));
  if (::geteuid() == 0) {
    // Permissions do not hold for root.
    const TestDirectory closed;
    open_nvram(closed.file());
    REQUIRE(::chmod(closed.path().c_str(), 0555) == 0);
    REQUIRE(::seteuid(65534) == 0);
    const auto existing = open_error(closed.file());
    const auto fresh = open_error(closed.file("other"));
    REQUIRE(::seteuid(0) == 0);
    INFO(existing);
    CHECK_FALSE(existing.empty());
    CHECK(fresh.contains("cannot be created: Permission denied"));
  } else {
    REQUIRE(::chmod(directory.path().c_str(), 0555) == 0);
    const auto fresh = open_error(directory.file());
    REQUIRE(::chmod(directory.path().c_str(), 0755) == 0);
    CHECK(fresh.contains("cannot be created: Permission denied"));
  }
}

TEST_CASE("A file has one user at a time, two files have nothing in common") {
  const TestDirectory directory;
  const auto one = open_nvram(directory.file("one"));
  const auto two = open_nvram(directory.file("two"));
  CHECK(open_error(directory.file("one")).contains("in use"));
  CHECK(put(*one, 1, bytes_of("one")));
  one->set_faults({.write_fails = true});
  CHECK(put(*two, 1, bytes_of("two")));
  CHECK(logins(*one)[1] == bytes_of("one"));
  CHECK(logins(*two)[1] == bytes_of("two"));
}

TEST_CASE("What an interrupted creation left behind is no obstacle") {
  const TestDirectory directory;
  write_file(directory.file("nvram.sqlite3.new"), "half of a database");
  write_file(directory.file("nvram.sqlite3.new-journal"), "and its journal");
  CHECK(put(*open_nvram(directory.file()), 1, bytes_of("x")));
  CHECK_FALSE(std::filesystem::exists(directory.file("nvram.sqlite3.new")));
}

TEST_CASE("Removed records are overwritten in the file") {
  const TestDirectory directory;
  {
    const auto nvram = open_nvram(directory.file());
    CHECK(put(*nvram, 1, bytes_of("a-very-secret-password")));
    CHECK(put(*nvram, 2, bytes_of("another")));
    Nvram::Change change;
    change.erase_logins = {1};
    CHECK(write(*nvram, std::move(change)));
  }
  CHECK_FALSE(read_file(directory.file()).contains("a-very-secret-password"));
}
