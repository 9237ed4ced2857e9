// Kills a process with SIGKILL while its threads save and remove logins, opens what it left, and
// looks for every change that was acknowledged, and for halves of those that were not.
//
// Each thread of the victim has a target of its own and does a sequence of changes that its number
// and the round's seed determine. It acknowledges each one by a byte in a pipe. So of the sequence
// either exactly the acknowledged part has happened, or that and the next change. The threads share
// one NVRAM, or several that take turns at having their file open.
#include <sched.h>
#include <sys/wait.h>

#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <map>
#include <optional>
#include <random>
#include <thread>

#include "hba-sim/adapter_lock.hpp"
#include "nvram_support.hpp"

using namespace hbalab;
using namespace hbalab::adapter;

namespace {

constexpr int kThreads = 8;
constexpr std::uint32_t kPorts = 5;
constexpr std::uint64_t kSlots = 1000;

std::string target_of(int thread) { return "iqn.2026-01.org.example:t" + std::to_string(thread); }

// What a thread has stored: the stamp of each port's record.
using Rows = std::map<std::uint32_t, std::uint64_t>;

struct Change {
  bool save = true;
  bool all = false;  // removals: every port
  std::uint32_t port = 0;
  std::uint64_t stamp = 0;
};

class Sequence {
 public:
  Sequence(std::uint64_t seed, int thread) : random_(seed * 1000 + static_cast<unsigned>(thread)) {}
  // Given what is stored, a change that does something.
  Change next(const Rows& rows) {
    Change out;
    const auto roll = random_() % 10;
    out.port = static_cast<std::uint32_t>(random_() % kPorts);
    out.stamp = random_();
    out.save = rows.empty() || roll < 6;
    out.all = !out.save && roll == 9;
    if (!out.save && !out.all && !rows.contains(out.port)) out.port = rows.begin()->first;
    return out;
  }

 private:
  std::mt19937_64 random_;
};

void apply_to(Rows& rows, const Change& change) {
  if (change.save) {
    rows[change.port] = change.stamp;
  } else if (change.all) {
    rows.clear();
  } else {
    rows.erase(change.port);
  }
}

// Every part of the record tells the same stamp, so that a half of it would show.
PersistentLogin login_of(int thread, const Change& change) {
  auto login = make_login(target_of(thread), "192.0.2.1", change.port);
  login.security_flags = change.stamp;
  login.mapping.unique_session_id = change.stamp;
  login.mapping.luns.assign(change.stamp % 50, {change.stamp, 1, 2});
  login.username = bytes_of(std::to_string(change.stamp));
  login.password = Bytes(change.stamp % 3000, static_cast<std::uint8_t>(change.stamp));
  return login;
}

bool is_whole(const PersistentLogin& login) {
  const std::uint64_t stamp = login.security_flags;
  return login.mapping.unique_session_id == stamp &&
         login.mapping.luns ==
             std::vector<TargetMapping::Lun>(stamp % 50, TargetMapping::Lun{stamp, 1, 2}) &&
         login.username == bytes_of(std::to_string(stamp)) &&
         login.password == Bytes(stamp % 3000, static_cast<std::uint8_t>(stamp));
}

// The NVRAM of a thread is that with its number modulo `nvrams`.
struct Setup {
  const TestDirectory& directory;
  int nvrams = 1;
  std::size_t bound = 1;  // how many of their files may be open
  [[nodiscard]] std::filesystem::path file(int nvram) const {
    return directory.file(std::to_string(nvram).c_str());
  }
};

using AllRows = std::array<Rows, kThreads>;

void read_rows(const LoginStore& store, AllRows& out) {
  store.for_each([&](LoginStore::RecordId, const PersistentLogin& login) {
    CHECK(is_whole(login));
    for (int t = 0; t < kThreads; ++t) {
      if (login.target.canonical() != target_of(t)) continue;
      out[static_cast<std::size_t>(t)][login.port.value] = login.security_flags;
    }
  });
}

void work(Nvram& nvram, AdapterLock& lock, LoginStore& store, Rows rows, std::uint64_t seed,
          int thread, int acknowledge) {
  Sequence sequence(seed, thread);
  while (true) {
    const Change change = sequence.next(rows);
    std::atomic<int> answer = 0;
    const auto done = [&](StoreResult result) {
      answer = result == StoreResult::ok ? 1 : 2;
      answer.notify_one();
    };
    {
      const Nvram::HelpScope help(nvram);
      const AdapterLock::Scope scope(lock);
      if (change.save) {
        store.save(login_of(thread, change), done);
      } else {
        store.remove(make_filter(target_of(thread), change.all ? "" : "192.0.2.1",
                                 change.all ? PortNumber::kAnyOrAll : change.port),
                     [&](StoreResult result, std::size_t) { done(result); });
      }
    }
    answer.wait(0);
    if (answer != 1) ::_exit(3);
    apply_to(rows, change);
    const char byte = static_cast<char>(thread);
    if (::write(acknowledge, &byte, 1) != 1) ::_exit(4);
  }
}

struct Adapter {
  explicit Adapter(const std::filesystem::path& file) {
    auto opened = Nvram::open(
        file, [this](std::move_only_function<void()> action) { lock.enter(std::move(action)); });
    if (!opened) ::_exit(2);
    nvram = *std::move(opened);
    store.emplace(*nvram, kSlots);
  }
  AdapterLock lock;
  std::unique_ptr<Nvram> nvram;
  std::optional<LoginStore> store;
};

[[noreturn]] void be_victim(const Setup& setup, std::uint64_t seed, int acknowledge) {
  const Bound bound(setup.bound);
  std::vector<std::unique_ptr<Adapter>> adapters;
  AllRows rows;
  for (int i = 0; i < setup.nvrams; ++i) {
    adapters.push_back(std::make_unique<Adapter>(setup.file(i)));
    read_rows(*adapters.back()->store, rows);
  }
  if (setup.nvrams > 1 && NvramPool::shared().parked() == 0) ::_exit(5);
  for (int t = 0; t < kThreads; ++t) {
    Adapter& adapter = *adapters[static_cast<std::size_t>(t % setup.nvrams)];
    std::thread(work, std::ref(*adapter.nvram), std::ref(adapter.lock), std::ref(*adapter.store),
                rows[static_cast<std::size_t>(t)], seed, t, acknowledge)
        .detach();
  }
  while (true) ::pause();
}

// Runs a victim until it has acknowledged `count` changes and a little longer; the acknowledged
// changes of each thread.
std::array<std::size_t, kThreads> run_victim(const Setup& setup, std::uint64_t seed,
                                             std::size_t count, unsigned spin) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::close(ends[0]);
    be_victim(setup, seed, ends[1]);
  }
  ::close(ends[1]);
  std::array<std::size_t, kThreads> out{};
  std::size_t total = 0;
  char byte = 0;
  while (total < count && ::read(ends[0], &byte, 1) == 1) {
    ++out[static_cast<std::size_t>(byte)];
    ++total;
  }
  // Anywhere inside the next changes.
  const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(spin);
  while (std::chrono::steady_clock::now() < until) ::sched_yield();
  ::kill(child, SIGKILL);
  while (::read(ends[0], &byte, 1) == 1) ++out[static_cast<std::size_t>(byte)];
  ::close(ends[0]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  CHECK(total == count);
  return out;
}

AllRows rows_of_dead(const Setup& setup) {
  AllRows out;
  for (int i = 0; i < setup.nvrams; ++i) {
    auto nvram = Nvram::open(setup.file(i), {});
    INFO((nvram ? "" : nvram.error()));
    REQUIRE(nvram.has_value());
    const auto store = LoginStore::create(**nvram, kSlots);
    INFO((store ? "" : store.error()));
    REQUIRE(store.has_value());
    read_rows(**store, out);
  }
  return out;
}

void check_kills(const Setup& setup) {
  std::mt19937 random(20260101);
  AllRows expected{};
  std::size_t changes = 0;
  std::size_t unacknowledged = 0;
  for (std::uint64_t round = 0; round < 40; ++round) {
    const auto acknowledged = run_victim(setup, round, random() % 60, random() % 800);
    const auto found = rows_of_dead(setup);
    for (int t = 0; t < kThreads; ++t) {
      const auto thread = static_cast<std::size_t>(t);
      Sequence sequence(round, t);
      Rows& rows = expected[thread];
      for (std::size_t i = 0; i < acknowledged[thread]; ++i) apply_to(rows, sequence.next(rows));
      changes += acknowledged[thread];
      if (found[thread] == rows) continue;
      apply_to(rows, sequence.next(rows));
      ++unacknowledged;
      INFO("round " << round << ", thread " << t << ", " << acknowledged[thread]
                    << " acknowledged changes");
      REQUIRE(found[thread] == rows);
    }
  }
  CHECK(changes >= 1000);
  WARN(changes << " acknowledged changes, " << unacknowledged
               << " that were durable before they could be acknowledged");
}

}  // namespace

TEST_CASE("Every acknowledged change survives SIGKILL, and no change is half there") {
  const TestDirectory directory;
  check_kills({.directory = directory});
}

TEST_CASE("The same of adapters whose files are closed and opened between their changes") {
  const TestDirectory directory;
  check_kills({.directory = directory, .nvrams = 4, .bound = 1});
}
