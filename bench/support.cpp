#include "bench/support.hpp"

#include <sched.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <thread>

#include "hba-sim/adapter/login_store.hpp"
#include "hba-sim/adapter/nvram.hpp"
#include "hba-sim/adapter_lock.hpp"

namespace hbalab::bench {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void give_up(const std::string& why) {
  std::cerr << why << '\n';
  std::exit(1);
}

}  // namespace

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double median_ns(const std::function<void()>& operation, double seconds, int runs) {
  std::vector<double> results;
  for (int run = 0; run <= runs; ++run) {
    std::uint64_t count = 0;
    const double begin = now();
    double end = begin;
    do {
      for (int i = 0; i < 16; ++i) operation();
      count += 16;
      end = now();
    } while (end - begin < seconds);
    if (run > 0) results.push_back((end - begin) / static_cast<double>(count) * 1e9);
  }
  return median(std::move(results));
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

double sqlite_rate(const std::filesystem::path& file, double seconds) {
  sqlite3* db = nullptr;
  sqlite3_stmt* insert = nullptr;
  if (sqlite3_open(file.c_str(), &db) != SQLITE_OK ||
      sqlite3_exec(db,
                   "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE t(k INTEGER "
                   "PRIMARY KEY, v BLOB)",
                   nullptr, nullptr, nullptr) != SQLITE_OK ||
      sqlite3_prepare_v2(db, "INSERT INTO t(v) VALUES(zeroblob(256))", -1, &insert, nullptr) !=
          SQLITE_OK) {
    give_up(sqlite3_errmsg(db));
  }
  const double begin = now();
  int count = 0;
  while (now() - begin < seconds) {
    if (sqlite3_step(insert) != SQLITE_DONE) give_up(sqlite3_errmsg(db));
    sqlite3_reset(insert);
    ++count;
  }
  const double rate = count / (now() - begin);
  sqlite3_finalize(insert);
  sqlite3_close(db);
  return rate;
}

void pin_to_one_processor() {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<unsigned>(std::max(0L, ::sysconf(_SC_NPROCESSORS_ONLN) - 1)), &set);
  if (::sched_setaffinity(0, sizeof set, &set) != 0) give_up("cannot pin to one processor");
}

TemporaryDirectory::TemporaryDirectory() {
  const char* base = std::getenv("HBALAB_BENCH_DIR");
  std::string pattern =
      std::string(base != nullptr ? base : HBALAB_BENCH_DEFAULT_DIR) + "/bench.XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) {
    std::perror(pattern.c_str());
    std::exit(1);
  }
  path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string one_adapter_lab_text(std::uint32_t slots) {
  return R"({ "name": "bench", "adapters": [ { "name": "hba0",
    "device_instance": "PCI\\VEN_1077&DEV_4010&SUBSYS_01221077&REV_03\\3&11583659&0&08",
    "vendor_id": "Example", "vendor_model": "EX4010",
    "ports": [ { "address": "192.0.2.1", "mac": "02:00:00:00:00:01" } ],
    "nvram": { "slots": )" +
         std::to_string(slots) + R"( } } ],
    "targets": [ { "name": "iqn.2026-01.org.example:dead", "portals": [ { "address": "192.0.2.30", "state": "unreachable" } ],
      "luns": [ { "lun": 0 } ] } ] })";
}

lab::LabConfig one_adapter_lab(std::uint32_t slots) {
  auto config = lab::parse_lab("bench", one_adapter_lab_text(slots));
  if (!config) {
    for (const auto& error : config.error()) std::cerr << error.to_string() << '\n';
    std::exit(1);
  }
  return *std::move(config);
}

std::u16string seeded_target(std::uint32_t index) {
  char name[96];
  std::snprintf(name, sizeof name,
                "iqn.2026-01.org.example:storage.array-%02u.controller-a.lun-%06u", index % 64,
                index);
  return {name, name + std::char_traits<char>::length(name)};
}

void seed_logins(const fs::path& state, std::uint32_t count) {
  fs::create_directories(state);
  AdapterLock lock;
  auto nvram = adapter::Nvram::open(
      state / "nvram-hba0.sqlite3",
      [&lock](std::move_only_function<void()> action) { lock.enter(std::move(action)); });
  if (!nvram) {
    std::cerr << nvram.error() << '\n';
    std::exit(1);
  }
  std::atomic<std::uint32_t> saved{0};
  {
    adapter::LoginStore store(**nvram, count + 1024);
    for (std::uint32_t i = 0; i < count; ++i) {
      adapter::PersistentLogin login;
      login.target = IscsiName(seeded_target(i));
      login.portal = *Portal::from_text("192.0.2.30:3260");
      lock.enter([&store, &saved, login = std::move(login)]() mutable {
        store.save(std::move(login), [&saved](adapter::StoreResult result) {
          if (result != adapter::StoreResult::ok) std::abort();
          ++saved;
        });
      });
      if (i % 1000 == 999) {
        while ((*nvram)->help()) {
        }
      }
    }
    while (saved < count) {
      if (!(*nvram)->help()) std::this_thread::yield();
    }
  }
}

void print_header() {
  std::printf("%-58s %14s %14s %8s %10s\n", "work", "ours", "floor", "ratio", "goal");
}

void print_row(const std::string& what, const std::string& ours, const std::string& floor,
               const std::string& ratio, const std::string& goal) {
  std::printf("%-58s %14s %14s %8s %10s\n", what.c_str(), ours.c_str(), floor.c_str(),
              ratio.c_str(), goal.c_str());
  std::fflush(stdout);
}

std::string fixed(double value, int digits, const char* unit) {
  char text[48];
  std::snprintf(text, sizeof text, "%.*f %s", digits, value, unit);
  return text;
}

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace hbalab::bench
