// Threads that the library makes.
#include <signal.h>

#include <barrier>
#include <mutex>
#include <thread>

#include "calls.hpp"
#include "tests/vds/hooks.hpp"

using namespace hbalab;
using namespace hbalab::dsc_test;

namespace {

// Signals, 1 to 31, that the calling thread would take.
std::vector<int> taken_signals() {
  sigset_t blocked;
  ::sigemptyset(&blocked);
  ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
  std::vector<int> taken;
  for (int signal = 1; signal < 32; ++signal) {
    if (signal == SIGKILL || signal == SIGSTOP) continue;  // which nobody can block
    if (::sigismember(&blocked, signal) == 0) taken.push_back(signal);
  }
  return taken;
}

}  // namespace

TEST_CASE("threads of the library take no signals, and the caller's takes what it took") {
  const auto world = World::open();
  find_targets<Wide>("192.0.2.10");
  find_targets<Wide>("192.0.2.11");
  const auto mine = std::this_thread::get_id();
  const auto before = taken_signals();
  std::mutex mutex;
  std::vector<int> taken;
  std::size_t others = 0;
  std::barrier both(2);  // each of the portals waits for the other one: they need a thread each
  const vds_test::Hooked hooked(world->transport(), [&](const vds_test::Asked& asked) {
    if (asked.is(iscsi::MSiSCSI_OperationsMethod::SendTargets)) {
      if (std::this_thread::get_id() != mine) {
        const std::scoped_lock lock(mutex);
        ++others;
        taken = taken_signals();
      }
      both.arrive_and_wait();
    }
    return vds_test::Hooked::Answer();
  });
  ULONG size = 0;
  CHECK(ReportIScsiTargetsW(TRUE, &size, nullptr) == ERROR_INSUFFICIENT_BUFFER);
  CHECK(others == 1);
  CHECK(taken == std::vector<int>());
  CHECK(taken_signals() == before);
}
