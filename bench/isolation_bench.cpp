// What it costs that a driver runs in a process of its own: requests through the WMI client to one
// driver in this process and to the same isolated, in turns, on one processor.
//
//   isolation_bench [DRIVER]    of the tests' kind; kit_driver without it

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <thread>

#include "bench/support.hpp"
#include "hba-sim/lab/lab.hpp"
#include "wmi-model/client.hpp"
#include "wmi-model/wnode.hpp"

namespace {

using namespace hbalab;
using namespace hbalab::bench;

[[noreturn]] void fail(const std::string& text) {
  std::cerr << "isolation_bench: " << text << '\n';
  std::exit(1);
}

lab::AdapterConfig adapter(const char* name, const std::string& driver, bool apart) {
  lab::AdapterConfig config;
  config.name = name;
  config.miniport.emplace().path = driver;
  config.miniport->mof = {HBALAB_BENCH_MOF};
  if (apart) config.miniport->isolate.emplace();
  lab::complete_loaded_adapter(config);
  return config;
}

// One adapter's requests.
class Adapter {
 public:
  Adapter(lab::Lab& lab, const std::string& name) : client_(*lab.client()) {
    const auto find = [&](const char* cls) {
      const wmi::Class* const known = lab.registry()->schema()->find(cls);
      if (known == nullptr) fail("no class " + std::string(cls));
      for (auto& instance : lab.registry()->static_instances(known->guid)) {
        if (instance.provider->friendly_name() == name) return instance;
      }
      fail("no instance of " + std::string(cls));
    };
    counter_ = find("KitTest_Counter");
    operations_ = find("KitTest_Operations");
  }

  void call() const {
    constexpr std::uint32_t kAdd = 1;
    constexpr std::array<std::uint8_t, 8> kIn{1, 0, 0, 0, 2, 0, 0, 0};
    const auto answer = client_.call_wait(operations_, kAdd, kIn, 4);
    if (!answer || answer->data.size() != 4 || answer->data[0] != 3) fail("the method failed");
  }
  void query() const {
    const auto answer = client_.query_wait(counter_, 12);
    if (!answer || answer->data.size() != 12) fail("the query failed");
  }
  // A buffer that is much larger than what comes back.
  void query_with_room() const {
    if (!client_.query_wait(counter_, 1u << 20)) fail("the query failed");
  }

 private:
  wmi::WmiClient& client_;
  wmi::InstanceRef counter_, operations_;
};

struct Row {
  const char* what;
  void (Adapter::*request)() const;
};

void measure(lab::Lab& lab, const Row& row, const char* goal) {
  const Adapter here(lab, "here"), apart(lab, "apart");
  // Others use the machine as well: the two take turns, and the best counts.
  double in_process = 1e18, isolated = 1e18;
  for (int turn = 0; turn < 5; ++turn) {
    in_process = std::min(in_process, median_ns([&] { (here.*row.request)(); }, 0.1, 3));
    isolated = std::min(isolated, median_ns([&] { (apart.*row.request)(); }, 0.1, 3));
  }
  print_row(row.what, fixed((isolated - in_process) / 1000, 2, "us more"),
            fixed(in_process / 1000, 2, "us"), "", goal);
}

std::unique_ptr<lab::Lab> open_lab(const std::filesystem::path& state, const std::string& driver,
                                   lab::Check check) {
  lab::LabOptions options;
  options.config.adapters = {adapter("here", driver, false), adapter("apart", driver, true)};
  options.state_dir = state;
  options.check = check;
  auto opened = lab::Lab::open(std::move(options));
  if (!opened) fail(opened.error());
  return *std::move(opened);
}

// Requests a second of so many callers.
double rate(lab::Lab& lab, const char* name, unsigned callers) {
  const Adapter adapter(lab, name);
  std::atomic<std::uint64_t> count = 0;
  const double begin = now();
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < callers; ++i) {
      threads.emplace_back([&] {
        for (; now() - begin < 0.5; ++count) adapter.call();
      });
    }
  }
  return static_cast<double>(count) / (now() - begin);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string driver = argc > 1 ? argv[1] : HBALAB_BENCH_DRIVER;
  const TemporaryDirectory directory;
  pin_to_one_processor();
  print_header();
  {
    const auto lab = open_lab(directory.path() / "plain", driver, lab::Check::none);
    measure(*lab, {"isolated method call (floor: in process)", &Adapter::call}, "<= 15 us more");
    measure(*lab, {"isolated query of a block", &Adapter::query}, "<= 15 us more");
    measure(*lab, {"isolated query with 1 MiB of room", &Adapter::query_with_room},
            "<= 15 us more");
    for (const unsigned callers : {1u, 32u}) {
      const double apart = rate(*lab, "apart", callers), here = rate(*lab, "here", callers);
      print_row("isolated method calls, " + std::to_string(callers) + " callers",
                fixed(apart, 0, "/s"), fixed(here, 0, "/s"), fixed(apart / here, 2, "x"), "");
    }
  }
  const auto lab = open_lab(directory.path() / "checked", driver, lab::Check::loaded);
  measure(*lab, {"isolated method call, both checked", &Adapter::call}, "<= 15 us more");
  return 0;
}
