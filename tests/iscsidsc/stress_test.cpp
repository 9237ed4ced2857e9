// Several processes change the same lists: nothing is lost, nothing is there twice.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <set>

#include "calls.hpp"
#include "iscsidsc/state.hpp"
#include "iscsidsc/state_records.hpp"

using namespace hbalab;
using namespace hbalab::dsc_test;

namespace {

constexpr int kProcesses = 8;
constexpr int kRounds = 25;

// Runs `work(number)` in so many processes; whether all of them say that it went well.
template <typename Work>
bool in_processes(Work work) {
  std::vector<pid_t> children;
  for (int number = 0; number < kProcesses; ++number) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(work(number) ? 0 : 1);
    children.push_back(child);
  }
  bool good = true;
  for (const pid_t child : children) {
    int status = 0;
    good = ::waitpid(child, &status, 0) == child && status == 0 && good;
  }
  return good;
}

dsc::SendTargetPortal entry(int number, int round) {
  dsc::SendTargetPortal portal;
  portal.portal.address =
      dsc::from_text("10.0." + std::to_string(number) + "." + std::to_string(round));
  return portal;
}

}  // namespace

TEST_CASE("eight processes fill and empty the same lists") {
  std::string pattern = (std::filesystem::temp_directory_path() / "hbalab-stress-XXXXXX").string();
  REQUIRE(::mkdtemp(pattern.data()) != nullptr);
  ::setenv("HBALAB_DSC_STATE", (pattern + "/made/by/the/first").c_str(), 1);
  // Each process adds its own entries and one that all of them want, and removes every other one.
  const bool good = in_processes([](int number) {
    bool well = true;
    for (int round = 0; round < kRounds; ++round) {
      const auto added = dsc::write_state([&](dsc::State& state) -> ISDSC_STATUS {
        if (state.has_portal(entry(number, round))) return ISDSC_TARGET_PORTAL_ALREADY_EXISTS;
        state.put_portal(entry(number, round));
        state.put_text(dsc::State::Texts::isns_servers, u"shared.example");
        return ISDSC_SUCCESS;
      });
      well = well && added == ISDSC_SUCCESS;
      if (round % 2 == 1) {
        const auto removed = dsc::write_state([&](dsc::State& state) -> ISDSC_STATUS {
          return state.erase_portal(entry(number, round)) ? ISDSC_SUCCESS : ISDSC_PORTAL_NOT_FOUND;
        });
        well = well && removed == ISDSC_SUCCESS;
      }
    }
    return well;
  });
  CHECK(good);
  std::set<std::string> found;
  std::size_t portals = 0, servers = 0;
  CHECK(dsc::read_state([&](dsc::State& state) {
          for (const auto& portal : state.portals()) {
            found.insert(portal.portal.canonical());
            ++portals;
          }
          servers = state.texts(dsc::State::Texts::isns_servers).size();
          return ISDSC_SUCCESS;
        }) == ISDSC_SUCCESS);
  CHECK(portals == found.size());
  CHECK(found.size() == kProcesses * (kRounds + 1) / 2);
  CHECK(servers == 1);
  std::filesystem::remove_all(pattern);
}

TEST_CASE("a number is given once, whichever process asks") {
  std::string pattern = (std::filesystem::temp_directory_path() / "hbalab-stress-XXXXXX").string();
  REQUIRE(::mkdtemp(pattern.data()) != nullptr);
  ::setenv("HBALAB_DSC_STATE", pattern.c_str(), 1);
  REQUIRE(in_processes([](int number) {
    return dsc::write_state([&](dsc::State& state) {
             for (int round = 0; round < kRounds; ++round) {
               (void)state.device_number("device " + std::to_string((number + round) % 10));
             }
             return ISDSC_SUCCESS;
           }) == ISDSC_SUCCESS;
  }));
  std::set<ULONG> numbers;
  CHECK(dsc::write_state([&](dsc::State& state) {
          for (int i = 0; i < 10; ++i) {
            numbers.insert(state.device_number("device " + std::to_string(i)));
          }
          return ISDSC_SUCCESS;
        }) == ISDSC_SUCCESS);
  CHECK(numbers == std::set<ULONG>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  std::filesystem::remove_all(pattern);
}

TEST_CASE("a transaction that fails changes nothing, and one that is committed stays") {
  std::string pattern = (std::filesystem::temp_directory_path() / "hbalab-stress-XXXXXX").string();
  REQUIRE(::mkdtemp(pattern.data()) != nullptr);
  ::setenv("HBALAB_DSC_STATE", pattern.c_str(), 1);
  const auto count = [] {
    std::size_t portals = 0;
    CHECK(dsc::read_state([&](dsc::State& state) {
            portals = state.portals().size();
            return ISDSC_SUCCESS;
          }) == ISDSC_SUCCESS);
    return portals;
  };
  CHECK(dsc::write_state([](dsc::State& state) -> ISDSC_STATUS {
          state.put_portal(entry(1, 1));
          return ISDSC_INVALID_PARAMETER;
        }) == ISDSC_INVALID_PARAMETER);
  CHECK(count() == 0);
  // A process that is killed right behind its commit has not lost what it said.
  const pid_t child = ::fork();
  if (child == 0) {
    (void)dsc::write_state([](dsc::State& state) {
      state.put_portal(entry(2, 2));
      return ISDSC_SUCCESS;
    });
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  CHECK(count() == 1);
  std::filesystem::remove_all(pattern);
}
