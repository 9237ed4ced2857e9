// Many threads against one adapter: requests that complete, pend, are cancelled and time out, units
// that come and go, resets and a stop in the middle. Every request completes exactly once.
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "tests/hba-sim/port_fake_miniport.hpp"

using namespace hbalab;
using namespace hbalab::port_test;
using namespace std::chrono_literals;
using wmi::MinorFunction;

namespace {

struct Tally {
  std::atomic<int> submitted = 0;
  std::atomic<int> completed = 0;
};

wmi::RequestId send(wmi::WmiProvider& provider, std::uint32_t method, Tally& tally) {
  auto request = std::make_unique<wmi::WmiRequest>();
  request->minor = MinorFunction::execute_method;
  request->data_path = to_guid(kMethodGuid);
  request->buffer = wmi::pack_method(to_guid(kMethodGuid), {0, u""}, method, {}, 64);
  request->on_complete = [&tally](std::unique_ptr<wmi::WmiRequest> done) {
    done.reset();
    tally.completed.fetch_add(1);
  };
  tally.submitted.fetch_add(1);
  return provider.submit(std::move(request));
}

void complete_some(Bench& bench) {
  bench.hardware_does([&] {
    while (bench.hardware.held.size() > 2) {
      bench.hardware.complete(bench.hardware.held.front());
    }
  });
}

}  // namespace

TEST_CASE("requests from many threads complete exactly once", "[concurrent]") {
  constexpr int kThreads = 4;
  constexpr int kEach = 400;
  Bench bench;
  bench.start();
  const auto provider = bench.device->provider();
  Tally tally;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kEach; ++i) {
          const bool pend = (i + t) % 3 == 0;
          const wmi::RequestId id = send(*provider, pend ? kPend : kEcho, tally);
          if (pend && i % 2 == 0) provider->cancel(id);
          if (i % 16 == 0) complete_some(bench);
          if (i % 64 == 0) bench.clock->advance(1s);
        }
      });
    }
    threads.emplace_back([&] {
      for (int i = 0; i < 40; ++i) {
        bench.hardware_does([&] {
          if (i % 2 == 0) {
            bench.hardware.units[{0, 1, 0}] = "VIRTUAL-DISK";
          } else {
            bench.hardware.units.clear();
          }
          StorPortNotification(BusChangeDetected, bench.hardware.extension, 0);
        });
        send(*provider, kFire, tally);
        (void)bench.trace->read(bench.trace->begin_position(), 4096);
      }
    });
  }
  bench.clock->advance(60s);
  CHECK(tally.completed == tally.submitted);
  CHECK(bench.device->pending() == 0);
}

TEST_CASE("resets and a stop under load lose no request", "[concurrent]") {
  Bench bench;
  bench.hardware.units[{0, 2, 0}] = "VIRTUAL-DISK";
  bench.start();
  const auto provider = bench.device->provider();
  Tally tally;
  std::atomic<bool> stop = false;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 3; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 300 || !stop.load(); ++i) {
          const wmi::RequestId id = send(*provider, (i + t) % 2 == 0 ? kPend : kEcho, tally);
          if (i % 5 == 0) provider->cancel(id);
          if (stop.load() && i >= 300) break;
          std::this_thread::yield();
        }
      });
    }
    threads.emplace_back([&] {
      for (int i = 0; i < 10; ++i) {
        if (!bench.device->reset().has_value()) std::abort();
      }
      bench.device->stop();
      stop.store(true);
    });
  }
  CHECK(tally.completed == tally.submitted);
  CHECK(bench.device->pending() == 0);
  CHECK(bench.registry->registrations().empty());
}
