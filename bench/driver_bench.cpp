// What a WMI request to a driver costs, in process, through the WMI client and the port driver: of
// one miniport that is linked in and of the same source loaded as a shared object, unchecked and
// checked; beside them the built-in miniport. All take turns, on one processor.
//
//   driver_bench [TEXT]    only the rows that have the text in their name

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>

#include "bench/driver_bench_miniport.h"
#include "bench/support.hpp"
#include "hba-sim/lab/lab.hpp"
#include "hba-sim/port/checker/violation_log.hpp"
#include "hba-sim/port/driver_library.hpp"
#include "hba-sim/port/port_driver.hpp"
#include "iscsiop/iscsiop.hpp"
#include "iscsiop/sizes.hpp"
#include "wmi-model/client.hpp"

namespace {

using namespace hbalab;
using namespace hbalab::bench;

[[noreturn]] void fail(const std::string& text) {
  std::cerr << "driver_bench: " << text << '\n';
  std::exit(1);
}

wmi::Guid guid_of(GUID from) {
  wmi::Guid guid;
  std::memcpy(guid.bytes.data(), &from, sizeof from);
  return guid;
}

// One adapter with that driver, and nothing else.
class Adapter {
 public:
  Adapter(std::shared_ptr<port::Driver> driver, std::shared_ptr<check::ViolationLog> violations)
      : violations_(std::move(violations)), device_(start(std::move(driver))) {}
  ~Adapter() {
    if (violations_ && violations_->total() != 0) fail("the miniport does not keep the rules");
  }
  Adapter(const Adapter&) = delete;
  Adapter& operator=(const Adapter&) = delete;

  void call() {
    constexpr std::array<std::uint32_t, BENCH_NUMBERS> kIn{1, 2, 3, 4};
    const auto in = std::as_bytes(std::span(kIn));
    const auto answer = client_.call_wait(
        method_, BENCH_METHOD, {reinterpret_cast<const std::uint8_t*>(in.data()), in.size()},
        sizeof kIn);
    if (!answer || answer->data.size() != sizeof kIn || answer->data[0] != 10) fail("the method");
  }
  void query(const wmi::InstanceRef& instance, std::size_t size) {
    const auto answer = client_.query_wait(instance, size);
    if (!answer || answer->data.size() != size) fail("a query");
  }
  void query_block() { query(block_, BENCH_BLOCK_SIZE); }
  void query_large() { query(large_, BENCH_LARGE_SIZE); }
  void query_huge() { query(huge_, BENCH_HUGE_SIZE); }
  void query_all() {
    std::size_t instances = 0;
    client_.query_all(blocks_, BENCH_INSTANCES * BENCH_BLOCK_SIZE,
                      [&](std::expected<wmi::AllDataAnswer, wmi::WmiError> answer) {
                        if (answer) instances = answer->all.instances.size();
                      });
    if (instances != BENCH_INSTANCES) fail("a query of all instances");
  }

 private:
  [[nodiscard]] std::shared_ptr<port::AdapterDevice> start(
      std::shared_ptr<port::Driver> driver) const {
    port::AdapterDeviceOptions options;
    options.device_instance = "PCI\\VEN_1077&DEV_4010\\1";
    options.friendly_name = "bench";
    options.clock = std::make_shared<VirtualClock>();
    options.lock = std::make_shared<AdapterLock>();
    options.registry = registry_;
    options.events = std::make_shared<wmi::EventHub>();
    options.trace = port::Trace::create(1024);
    options.violations = violations_;
    options.log = [](std::string_view line) { std::cerr << line << '\n'; };
    auto device = port::AdapterDevice::start(std::move(driver), std::move(options));
    if (!device) fail(device.error());
    return *std::move(device);
  }
  [[nodiscard]] wmi::InstanceRef first(GUID guid) const {
    const auto all = registry_->static_instances(guid_of(guid));
    if (all.empty()) fail("a block has no instance");
    return all.front();
  }

  const std::shared_ptr<check::ViolationLog> violations_;
  const std::shared_ptr<wmi::ProviderRegistry> registry_ =
      std::make_shared<wmi::ProviderRegistry>(std::make_shared<wmi::SchemaSet>());
  const std::shared_ptr<port::AdapterDevice> device_;
  wmi::WmiClient client_{registry_};
  const wmi::InstanceRef method_ = first(BENCH_METHOD_GUID), block_ = first(BENCH_BLOCK_GUID),
                         large_ = first(BENCH_LARGE_GUID), huge_ = first(BENCH_HUGE_GUID);
  const wmi::Registration blocks_ = registry_->registrations(guid_of(BENCH_BLOCK_GUID)).front();
};

// The least of several turns each, so that a turn that somebody else disturbed does not count.
template <std::size_t N>
std::array<double, N> in_turns(const std::array<std::function<void()>, N>& works, int turns = 15) {
  std::array<double, N> least;
  least.fill(1e18);
  for (int turn = 0; turn < turns; ++turn) {
    for (std::size_t i = 0; i < N; ++i) {
      least[i] = std::min(least[i], median_ns(works[i], 0.02, 1));
    }
  }
  return least;
}

using Request = void (Adapter::*)();
std::string_view wanted;

void measure(const std::string& what, Request request, Adapter& linked, Adapter& loaded,
             Adapter& checked, const char* goal) {
  if (what.find(wanted) == std::string::npos) return;
  const auto [built_in, unchecked, with_checks] = in_turns<3>(
      {[&] { (linked.*request)(); }, [&] { (loaded.*request)(); }, [&] { (checked.*request)(); }});
  print_row(what + ", loaded (floor: linked in)", fixed(unchecked, 0, "ns"),
            fixed(built_in, 0, "ns"), fixed(unchecked / built_in, 2, "x"), "<= 1.1 x");
  print_row(what + ", the checks (floor: the request)", fixed(with_checks - unchecked, 0, "ns"),
            fixed(unchecked, 0, "ns"), fixed(with_checks / unchecked, 2, "x"), goal);
}

// The adapter of the lab's own miniport, for scale.
void measure_built_in(const std::filesystem::path& state) {
  lab::LabOptions options;
  options.config = one_adapter_lab(128);
  options.state_dir = state;
  options.clock = std::make_shared<VirtualClock>();
  auto lab = lab::Lab::open(std::move(options));
  if (!lab) fail(lab.error());
  const auto client = (*lab)->client();
  const wmi::Guid guid{iscsi::MSiSCSI_HBAInformationGuid};
  const auto all = (*lab)->registry()->static_instances(guid);
  if (all.empty()) fail("the built-in adapter has no MSiSCSI_HBAInformation");
  const auto [one] = in_turns<1>({[&] {
    if (!client->query_wait(all.front(), sizeof(iscsi::MSiSCSI_HBAInformation))) fail("a query");
  }});
  print_row("MSiSCSI_HBAInformation of the built-in miniport", fixed(one, 0, "ns"), "", "", "");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) wanted = argv[1];
  pin_to_one_processor();
  const TemporaryDirectory directory;
  port::DriverLibrary drivers(directory.path() / "drivers");
  auto linked = port::Driver::start({"linked", BenchDriverEntry});
  auto loaded = drivers.open(HBALAB_BENCH_DRIVER);
  if (!linked) fail(linked.error().reason);
  if (!loaded) fail(loaded.error().reason);
  Adapter built_in(*linked, nullptr), unchecked(*loaded, nullptr),
      checked(*loaded, std::make_shared<check::ViolationLog>());
  print_header();
  measure("method, 16 bytes IN and OUT", &Adapter::call, built_in, unchecked, checked,
          "<= 5000 ns");
  measure("one instance, 64 bytes", &Adapter::query_block, built_in, unchecked, checked,
          "<= 5000 ns");
  measure("all 4 instances", &Adapter::query_all, built_in, unchecked, checked, "<= 5000 ns");
  measure("one instance, 64 KiB", &Adapter::query_large, built_in, unchecked, checked,
          "<= 5000 ns");
  measure("one instance, 1 MiB", &Adapter::query_huge, built_in, unchecked, checked, "");
  measure_built_in(directory.path() / "lab");
  return 0;
}
