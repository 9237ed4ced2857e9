// In process, through the WMI client, the port driver and the miniport: what one request costs,
// what a durable change costs against plain SQLite, what a whole block and a start cost at 100,000
// logins.
//
//   inproc_bench [LOGINS]

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <thread>

#include "bench/support.hpp"
#include "hba-sim/lab/lab.hpp"
#include "iscsiop/block_io.hpp"
#include "iscsiop/iscsiop.hpp"
#include "iscsiop/sizes.hpp"
#include "wmi-model/client.hpp"

namespace {

using namespace hbalab;
using namespace hbalab::bench;

[[noreturn]] void fail(const std::string& text) {
  std::cerr << "inproc_bench: " << text << '\n';
  std::exit(1);
}

std::unique_ptr<lab::Lab> open_lab(const std::filesystem::path& state, std::uint32_t slots) {
  lab::LabOptions options;
  options.config = one_adapter_lab(slots);
  options.state_dir = state;
  options.clock = std::make_shared<VirtualClock>();  // no retries while we measure
  auto opened = lab::Lab::open(std::move(options));
  if (!opened) fail(opened.error());
  return *std::move(opened);
}

wmi::InstanceRef instance(lab::Lab& lab, const iscsi::Guid16& guid) {
  const auto all = lab.registry()->static_instances(wmi::Guid{guid});
  if (all.empty()) fail("a class has no instance");
  return all.front();
}

std::vector<std::uint8_t> remove_in(const std::u16string& target) {
  std::vector<std::uint8_t> block(iscsi::RemovePersistentLogin_IN_SIZE);
  auto& in = *reinterpret_cast<iscsi::RemovePersistentLogin_IN*>(block.data());
  in.PortNumber = 0xFFFFFFFFu;
  if (!iscsi::write_fixed_string(in.TargetName, target, "TargetName")) fail("name");
  in.TargetPortal.Address.Type = 3;
  return block;
}

std::vector<std::uint8_t> login_in(const std::u16string& target, std::uint16_t socket) {
  std::vector<std::uint8_t> block(iscsi::login_to_target_in_size(0, 0, 0, 0));
  auto& in = *reinterpret_cast<iscsi::LoginToTarget_IN*>(block.data());
  in.PortNumber = 0xFFFFFFFFu;
  in.SessionType = 2;
  in.PersistentLogin = 1;
  in.TargetPortal.Address.Type = 1;
  in.TargetPortal.Address.IpV4Address = 0x1E0200C0u;
  in.TargetPortal.Socket = socket;
  if (!iscsi::write_fixed_string(in.TargetName, target, "TargetName")) fail("name");
  return block;
}

std::uint32_t call(wmi::WmiClient& client, const wmi::InstanceRef& operations, std::uint32_t method,
                   const std::vector<std::uint8_t>& in, std::size_t out) {
  auto answer = client.call_wait(operations, method, in, out);
  if (!answer) fail(answer.error().message);
  std::uint32_t status = 0;
  std::memcpy(&status, answer->data.data(), 4);
  return status;
}

constexpr std::uint32_t kLogin = 30;
constexpr std::uint32_t kRemove = 33;

// Durable changes a second by `threads` callers, each adding and removing logins of its own.
double change_rate(wmi::WmiClient& client, const wmi::InstanceRef& operations, int threads,
                   double seconds) {
  std::atomic<std::uint64_t> changes{0};
  std::vector<std::thread> callers;
  const double begin = now();
  for (int t = 0; t < threads; ++t) {
    callers.emplace_back([&, t] {
      const std::u16string target = seeded_target(900'000 + static_cast<std::uint32_t>(t));
      const auto add = login_in(target, 3260);
      const auto remove = remove_in(target);
      while (now() - begin < seconds) {
        if (call(client, operations, kLogin, add, iscsi::LoginToTarget_OUT_SIZE) != 0)
          fail("a save was refused");
        if (call(client, operations, kRemove, remove, 4) != 0) fail("a removal was refused");
        changes += 2;
      }
    });
  }
  for (auto& caller : callers) caller.join();
  return static_cast<double>(changes) / (now() - begin);
}

void measure_durable(wmi::WmiClient& client, const wmi::InstanceRef& operations,
                     const std::filesystem::path& dir) {
  // The disk's speed wanders: floor and figure are taken in turns.
  std::vector<double> floor, one, many;
  for (int turn = 0; turn < 5; ++turn) {
    floor.push_back(sqlite_rate(dir / ("floor" + std::to_string(turn) + ".db"), 0.6));
    one.push_back(change_rate(client, operations, 1, 0.6));
    many.push_back(change_rate(client, operations, 32, 0.6));
  }
  const double f = median(floor), o = median(one), m = median(many);
  print_row("durable add or remove, one caller", fixed(o, 0, "/s"), fixed(f, 0, "/s"),
            fixed(o / f, 2, "x"), ">= 0.9 x");
  print_row("durable add or remove, 32 callers (floor: one caller)", fixed(m, 0, "/s"),
            fixed(o, 0, "/s"), fixed(m / o, 1, "x"), ">= 8 x");
}

void measure_requests(lab::Lab& lab, std::uint32_t logins, double& miss_ns) {
  auto client = lab.client();
  const auto operations = instance(lab, iscsi::MSiSCSI_OperationsGuid);
  const auto missing = remove_in(u"iqn.2026-01.org.example:nobody");
  std::vector<std::uint8_t> copy(missing.size());
  const double memcpy_ns = median_ns([&] {
    std::memcpy(copy.data(), missing.data(), missing.size());
    asm volatile("" : : "r"(copy.data()) : "memory");
  });
  miss_ns = median_ns([&] {
    if (call(*client, operations, kRemove, missing, 4) == 0) fail("removed what is not there");
  });
  print_row("RemovePersistentLogin, no match, " + std::to_string(logins) +
                " logins (floor: memcpy of IN)",
            fixed(miss_ns, 0, "ns"), fixed(memcpy_ns, 0, "ns"), "", "<= 2 us");
}

void measure_block(lab::Lab& lab, std::uint32_t logins) {
  auto client = lab.client();
  const auto persistent = instance(lab, iscsi::MSiSCSI_PersistentLoginsGuid);
  std::size_t size = 0;
  auto query_size = [&] {
    client->query_size(persistent, [&](std::expected<std::size_t, wmi::WmiError> answer) {
      size = answer.value_or(0);
    });
  };
  const double size_ns = median_ns(query_size);
  print_row("size query of MSiSCSI_PersistentLogins, " + std::to_string(logins) + " logins",
            fixed(size_ns, 0, "ns"), "", "", "O(1)");
  std::vector<double> rates;
  for (int turn = 0; turn < 7; ++turn) {
    const double begin = now();
    auto answer = client->query_wait(persistent, size);
    const double spent = now() - begin;
    if (!answer || answer->data.size() != size) fail("the block query failed");
    rates.push_back(static_cast<double>(size) / spent / 1e9);
  }
  // The floor fills fresh memory of the same size, as every answer is in fresh memory.
  std::vector<double> floors;
  for (int turn = 0; turn < 7; ++turn) {
    const double begin = now();
    wmi::WnodeBuffer fresh(size);
    std::memset(fresh.data(), turn, size);
    asm volatile("" : : "r"(fresh.data()) : "memory");
    floors.push_back(static_cast<double>(size) / (now() - begin) / 1e9);
  }
  std::ranges::sort(rates);
  std::ranges::sort(floors);
  print_row("query of the whole block, " + fixed(static_cast<double>(size) / 1e6, 0, "MB"),
            fixed(rates[3], 2, "GB/s"), fixed(floors[3], 2, "GB/s"),
            fixed(rates[3] / floors[3], 2, "x"), ">= 1 GB/s");
}

}  // namespace

int main(int argc, char** argv) {
  const auto logins = static_cast<std::uint32_t>(argc > 1 ? std::atoi(argv[1]) : 100'000);
  const TemporaryDirectory directory;
  seed_logins(directory.path() / "few", 100);
  seed_logins(directory.path() / "many", logins);
  print_header();

  double few_ns = 0;
  double many_ns = 0;
  double few_rate = 0;
  {
    auto lab = open_lab(directory.path() / "few", logins + 1024);
    measure_requests(*lab, 100, few_ns);
    few_rate = change_rate(*lab->client(), instance(*lab, iscsi::MSiSCSI_OperationsGuid), 1, 2);
  }
  const std::size_t before = resident_bytes();
  const double begin = now();
  auto lab = open_lab(directory.path() / "many", logins + 1024);
  const double start = now() - begin;
  const std::size_t memory = resident_bytes() - before;
  print_row("start with " + std::to_string(logins) + " stored logins", fixed(start, 3, "s"), "", "",
            "<= 2 s");
  print_row("resident memory a login", fixed(static_cast<double>(memory) / logins, 0, "B"), "", "",
            "<= 1 KB");
  measure_requests(*lab, logins, many_ns);
  print_row("lookup at " + std::to_string(logins) + " logins (floor: at 100)",
            fixed(many_ns, 0, "ns"), fixed(few_ns, 0, "ns"), fixed(many_ns / few_ns, 2, "x"),
            "<= 1.5 x");
  const auto operations = instance(*lab, iscsi::MSiSCSI_OperationsGuid);
  const double many_rate = change_rate(*lab->client(), operations, 1, 2);
  print_row("add or remove at " + std::to_string(logins) + " logins (floor: at 100)",
            fixed(1e6 / many_rate, 0, "us"), fixed(1e6 / few_rate, 0, "us"),
            fixed(few_rate / many_rate, 2, "x"), "<= 1.5 x");
  measure_block(*lab, logins);
  measure_durable(*lab->client(), operations, directory.path());
  return 0;
}
