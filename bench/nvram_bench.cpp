// Speed and size of the NVRAM and the login store. Each row: our figure, the floor measured in the
// same run, and their ratio.
//
//   nvram_bench [DIRECTORY]     default: $TMPDIR, else the working directory
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "hba-sim/adapter/login_store.hpp"
#include "hba-sim/adapter/nvram.hpp"
#include "hba-sim/adapter/nvram_pool.hpp"
#include "hba-sim/adapter_lock.hpp"

namespace {

using namespace hbalab;
using namespace hbalab::adapter;
using Seconds = std::chrono::duration<double>;

double now() { return Seconds(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// Of this thread: for work that waits for nothing, so that a busy machine does not count.
double processor_time() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "nvram_bench: %s\n", what.c_str());
  std::exit(1);
}

void row(const char* what, double ours, double floor, const char* unit) {
  std::printf("%-58s %12.2f %12.2f %-8s %6.2f\n", what, ours, floor, unit, ours / floor);
  std::fflush(stdout);
}

// A 60 character name.
PersistentLogin login_of(std::uint32_t number) {
  char name[80];
  std::snprintf(name, sizeof name, "iqn.2026-01.org.example.storage:rack-07.shelf-02.disk-%06u",
                number % 1'000'000);
  const std::string_view text(name);
  PersistentLogin out;
  out.target = IscsiName(std::u16string(text.begin(), text.end()));
  out.portal.address.type = IpAddress::Type::ipv4;
  out.portal.address.ipv4 = 0x0A0200C0;
  out.security_flags = 2;
  out.port.value = 0;
  return out;
}

RemoveFilter filter_of(std::uint32_t number) {
  const auto login = login_of(number);
  return {login.port, login.target, login.portal};
}

struct Bench {
  AdapterLock lock;
  std::unique_ptr<Nvram> nvram;
  std::unique_ptr<LoginStore> store;

  explicit Bench(const std::filesystem::path& file) {
    auto opened = Nvram::open(
        file, [this](std::move_only_function<void()> action) { lock.enter(std::move(action)); });
    if (!opened) fail(opened.error());
    nvram = std::move(*opened);
    auto made = LoginStore::create(*nvram, 1'000'000);
    if (!made) fail(made.error());
    store = std::move(*made);
  }

  // One synchronous change.
  template <typename Start>
  void change(Start start) {
    std::atomic<int> answer = 0;
    {
      const Nvram::HelpScope help(*nvram);
      const AdapterLock::Scope scope(lock);
      start([&answer](StoreResult result, std::size_t = 0) {
        answer = result == StoreResult::ok ? 1 : 2;
        answer.notify_one();
      });
    }
    answer.wait(0);
    if (answer != 1) fail("a change failed: " + nvram->last_error());
  }
  void save(std::uint32_t number) {
    change([&](auto done) { store->save(login_of(number), done); });
  }
  void remove(std::uint32_t number) {
    change([&](auto done) { store->remove(filter_of(number), done); });
  }

  // Many at once, for filling.
  void fill(std::uint32_t begin, std::uint32_t end) {
    for (std::uint32_t at = begin; at < end;) {
      const Nvram::HelpScope help(*nvram);
      const AdapterLock::Scope scope(lock);
      for (const auto stop = std::min(at + 2000, end); at < stop; ++at) {
        store->save(login_of(at), [](StoreResult result) {
          if (result != StoreResult::ok) fail("filling failed");
        });
      }
    }
    while (nvram->help()) {
    }
  }
};

// The floor: single rows, each its own commit.
class PlainLoop {
 public:
  explicit PlainLoop(const std::filesystem::path& file) {
    if (sqlite3_open(file.c_str(), &db_) != SQLITE_OK) fail("cannot open " + file.string());
    sqlite3_exec(db_,
                 "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                 "CREATE TABLE login(slot INTEGER PRIMARY KEY, record BLOB NOT NULL);",
                 nullptr, nullptr, nullptr);
    sqlite3_prepare_v2(db_, "INSERT INTO login VALUES(?1, ?2)", -1, &insert_, nullptr);
    sqlite3_prepare_v2(db_, "DELETE FROM login WHERE slot=?1", -1, &erase_, nullptr);
  }
  ~PlainLoop() {
    sqlite3_finalize(insert_);
    sqlite3_finalize(erase_);
    sqlite3_close(db_);
  }
  PlainLoop(const PlainLoop&) = delete;
  PlainLoop& operator=(const PlainLoop&) = delete;
  void insert(std::int64_t slot) {
    static const std::string record(90, 'r');
    sqlite3_bind_int64(insert_, 1, slot);
    sqlite3_bind_blob(insert_, 2, record.data(), static_cast<int>(record.size()), nullptr);
    run(insert_);
  }
  void erase(std::int64_t slot) {
    sqlite3_bind_int64(erase_, 1, slot);
    run(erase_);
  }

 private:
  static void run(sqlite3_stmt* statement) {
    if (sqlite3_step(statement) != SQLITE_DONE) fail("the plain loop failed");
    sqlite3_reset(statement);
  }
  sqlite3* db_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  sqlite3_stmt* erase_ = nullptr;
};

// Rounds of both alternate, so that a noisy disk hits both; the medians count.
double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double single_caller(const std::filesystem::path& directory) {
  Bench bench(directory / "one.sqlite3");
  PlainLoop plain(directory / "plain.sqlite3");
  constexpr std::uint32_t pairs = 250;
  std::vector<double> ours;
  std::vector<double> floor;
  std::int64_t slot = 0;
  for (int round = 0; round < 9; ++round) {
    double begin = now();
    for (std::uint32_t i = 0; i < pairs; ++i) {
      bench.save(i);
      bench.remove(i);
    }
    ours.push_back(2 * pairs / (now() - begin));
    begin = now();
    for (std::uint32_t i = 0; i < pairs; ++i) {
      plain.insert(++slot);
      plain.erase(slot);
    }
    floor.push_back(2 * pairs / (now() - begin));
  }
  row("one caller, save and remove; floor: plain SQLite loop", median(ours), median(floor), "1/s");
  return median(ours);
}

void many_callers(const std::filesystem::path& directory, double one) {
  Bench bench(directory / "many.sqlite3");
  constexpr int threads = 32;
  constexpr std::uint32_t pairs = 300;
  const double begin = now();
  std::vector<std::thread> callers;
  for (int t = 0; t < threads; ++t) {
    callers.emplace_back([&bench, t] {
      const auto base = static_cast<std::uint32_t>(t) * pairs;
      for (std::uint32_t i = 0; i < pairs; ++i) {
        bench.save(base + i);
        bench.remove(base + i);
      }
    });
  }
  for (auto& caller : callers) caller.join();
  const double rate = 2 * threads * pairs / (now() - begin);
  row("32 callers; floor: one caller (goal: 8)", rate, one, "1/s");
  const auto stats = bench.nvram->stats();
  std::printf("  %.1f changes a commit\n",
              static_cast<double>(stats.changes) / static_cast<double>(stats.commits));
}

// What it costs that the file of every change has to be opened first, because that of another one
// has taken its place: with a log of a few changes, and with one that is soon to be written back.
void taking_turns(const std::filesystem::path& directory) {
  Bench one(directory / "turn-one.sqlite3");
  Bench two(directory / "turn-two.sqlite3");
  std::uint32_t number = 0;
  const auto cost = [&](std::size_t bound) {
    constexpr std::uint32_t turns = 10;
    NvramPool::shared().set_bound(bound);
    const double begin = now();
    for (std::uint32_t i = 0; i < turns; ++i) {
      one.save(++number);
      two.save(number);
    }
    return (now() - begin) / (2 * turns) * 1e6;
  };
  const auto compare = [&](const char* what) {
    std::vector<double> both;
    std::vector<double> parked;
    for (int round = 0; round < 5; ++round) {
      both.push_back(cost(2));
      parked.push_back(cost(1));
    }
    row(what, median(parked), median(both), "us");
  };
  compare("save by two in turn, one open, short log; floor: both open");
  NvramPool::shared().set_bound(2);
  while (std::filesystem::file_size(directory / "turn-one.sqlite3-wal") < 3'000'000) {
    one.save(++number);
    two.save(number);
  }
  compare("the same, log of 3 MB");
  NvramPool::shared().set_bound(1000);
}

double miss_cost(Bench& bench, std::uint32_t filled) {
  constexpr std::uint32_t misses = 200'000;
  std::vector<RemoveFilter> filters;
  for (std::uint32_t i = 0; i < 1024; ++i) {
    filters.push_back(filter_of(i * 97 % filled));
    if (i % 2 == 0) filters.back().port.value = 7;  // the target is there, but not that port
    if (i % 2 == 1) filters.back().target = IscsiName(u"iqn.2026-01.org.example:absent");
  }
  std::size_t missed = 0;
  const double begin = processor_time();
  for (std::uint32_t i = 0; i < misses; ++i) {
    const AdapterLock::Scope scope(bench.lock);
    bench.store->remove(filters[i % filters.size()],
                        [&](StoreResult r, std::size_t) { missed += r != StoreResult::ok; });
  }
  const double cost = (processor_time() - begin) / misses * 1e9;
  if (missed != misses) fail("a removal that should miss did not");
  return cost;
}

double change_cost(Bench& bench, std::uint32_t filled) {
  std::vector<double> costs;
  for (int round = 0; round < 5; ++round) {
    const double begin = now();
    for (std::uint32_t i = 0; i < 200; ++i) {
      const std::uint32_t number = (i * 7919u + static_cast<std::uint32_t>(round)) % filled;
      bench.remove(number);
      bench.save(number);
    }
    costs.push_back((now() - begin) / 400 * 1e6);
  }
  return median(costs);
}

long resident_bytes() {
  std::ifstream in("/proc/self/statm");
  long size = 0;
  long resident = 0;
  in >> size >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

void write_speed(Bench& bench) {
  const std::size_t size = bench.store->block_bytes();
  std::vector<std::uint64_t> block(size / 8);
  const std::vector<std::uint64_t> source(size / 8, 1);
  auto* out = reinterpret_cast<std::uint8_t*>(block.data());
  std::vector<double> ours;
  std::vector<double> floor;
  for (int round = 0; round < 7; ++round) {
    double begin = processor_time();
    bench.store->write_block(out);
    ours.push_back(static_cast<double>(size) / (processor_time() - begin) / 1e9);
    begin = processor_time();
    std::memcpy(out, source.data(), size);
    floor.push_back(static_cast<double>(size) / (processor_time() - begin) / 1e9);
  }
  row("write_block of 100,000 logins; floor: memcpy", median(ours), median(floor), "GB/s");
}

void large(const std::filesystem::path& directory) {
  Bench small(directory / "small.sqlite3");
  small.fill(0, 100);
  const long before = resident_bytes();
  Bench big(directory / "big.sqlite3");
  big.fill(0, 100'000);
  const long after = resident_bytes();
  row("resident bytes a login, 100,000 of them; floor: goal",
      static_cast<double>(after - before) / 1e5, 1024, "bytes");
  row("removal without a match, 100,000; floor: 100", miss_cost(big, 100'000),
      miss_cost(small, 100), "ns");
  row("durable remove or save, 100,000; floor: 100 (goal: 1.5)", change_cost(big, 100'000),
      change_cost(small, 100), "us");
  write_speed(big);
  big.store.reset();
  big.nvram.reset();
  const double begin = now();
  const Bench again(directory / "big.sqlite3");
  row("open with 100,000 logins; floor: goal for all of a start", now() - begin, 2, "s");
}

}  // namespace

int main(int argc, char** argv) {
  const char* base = argc > 1 ? argv[1] : std::getenv("TMPDIR");
  std::string name = (std::filesystem::path(base == nullptr ? "." : base) / "nvram-bench-XXXXXX");
  if (::mkdtemp(name.data()) == nullptr) fail("cannot make a directory in " + name);
  std::printf("%-58s %12s %12s %-8s %6s\n", "", "ours", "floor", "unit", "ratio");
  const double one = single_caller(name);
  many_callers(name, one);
  taking_turns(name);
  large(name);
  std::filesystem::remove_all(name);
  return 0;
}
