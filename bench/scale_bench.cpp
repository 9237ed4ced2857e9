// Large labs: many adapters with many sessions, and one adapter with very many.
//
//   scale_bench [ADAPTERS [SESSIONS_OF_EACH [SESSIONS_OF_ONE]]]
//
// Sessions are logged in through LoginToTarget on virtual time, which passes only here: what is
// measured is the program, not the delays of a network.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <iostream>
#include <optional>

#include "bench/support.hpp"
#include "fuse-frontend/catalog.hpp"
#include "hba-sim/lab/lab.hpp"
#include "iscsiop/block_io.hpp"
#include "iscsiop/iscsimgt.hpp"
#include "iscsiop/iscsiop.hpp"
#include "iscsiop/sizes.hpp"
#include "wmi-model/client.hpp"

namespace {

using namespace hbalab;
using namespace hbalab::bench;

[[noreturn]] void fail(const std::string& text) {
  std::cerr << "scale_bench: " << text << '\n';
  std::exit(1);
}

std::string ipv4(std::uint32_t network, std::uint32_t host) {
  return std::to_string(network) + "." + std::to_string(host >> 16 & 0xFF) + "." +
         std::to_string(host >> 8 & 0xFF) + "." + std::to_string(host & 0xFF);
}
std::string target_name(std::uint32_t index) {
  return "iqn.2026-01.org.example:storage.array-01.lun-" + std::to_string(1'000'000 + index);
}
std::string target_address(std::uint32_t index) { return ipv4(10, index + 1); }

lab::LabConfig config_of(std::uint32_t adapters, std::uint32_t targets) {
  lab::LabConfig config;
  config.name = "scale";
  for (std::uint32_t i = 0; i < adapters; ++i) {
    lab::AdapterConfig adapter;
    adapter.name = "hba" + std::to_string(i);
    adapter.device_instance = "PCI\\VEN_1077&DEV_4010&SUBSYS_01221077&REV_03\\3&11583659&0&" +
                              std::to_string(100'000 + i);
    adapter.initiator_name = "iqn.2026-01.org.example:" + adapter.name;
    adapter.max_sessions = targets;
    lab::PortConfig port;
    port.address = ipv4(172, i + 1);
    adapter.ports.push_back(port);
    config.adapters.push_back(std::move(adapter));
  }
  for (std::uint32_t i = 0; i < targets; ++i) {
    lab::TargetConfig target;
    target.name = target_name(i);
    target.portals.emplace_back().address = target_address(i);
    target.luns.emplace_back();
    config.targets.push_back(std::move(target));
  }
  return config;
}

// SessionType of LoginToTarget_IN.
constexpr std::uint32_t kInformational = 1, kData = 2;

std::vector<std::uint8_t> login_in(std::uint32_t target, std::uint32_t type) {
  std::vector<std::uint8_t> block(iscsi::login_to_target_in_size(0, 0, 0, 0));
  auto& in = *reinterpret_cast<iscsi::LoginToTarget_IN*>(block.data());
  in.PortNumber = 0xFFFFFFFFu;
  in.SessionType = type;
  const auto address = IpAddress::from_text(target_address(target));
  in.TargetPortal.Address.Type = 1;
  in.TargetPortal.Address.IpV4Address = address.ipv4;
  in.TargetPortal.Socket = 3260;
  const std::string name = target_name(target);
  if (!iscsi::write_fixed_string(in.TargetName, std::u16string(name.begin(), name.end()),
                                 "TargetName")) {
    fail("name");
  }
  return block;
}

class ScaleLab {
 public:
  ScaleLab(const std::filesystem::path& state, std::uint32_t adapters, std::uint32_t targets)
      : clock_(std::make_shared<VirtualClock>()) {
    lab::LabOptions options;
    options.config = config_of(adapters, targets);
    options.state_dir = state;
    options.clock = clock_;
    auto opened = lab::Lab::open(std::move(options));
    if (!opened) fail(opened.error());
    lab_ = *std::move(opened);
    operations_ = lab_->registry()->static_instances(wmi::Guid{iscsi::MSiSCSI_OperationsGuid});
    sessions_ =
        lab_->registry()->static_instances(wmi::Guid{iscsi::MSiSCSI_InitiatorSessionInfoGuid});
    if (operations_.size() != adapters || sessions_.size() != adapters) fail("instances");
  }

  void log_in(std::uint32_t adapter, std::uint32_t target, std::uint32_t type = kData) {
    std::optional<std::uint32_t> status;
    lab_->client()->call(operations_[adapter], kLogin, login_in(target, type),
                         iscsi::LoginToTarget_OUT_SIZE, false,
                         [&](std::expected<wmi::BlockAnswer, wmi::WmiError> answer) {
                           if (!answer) fail(answer.error().message);
                           std::memcpy(&status.emplace(), answer->data.data(), 4);
                         });
    for (int i = 0; i < 1000 && !status; ++i) clock_->advance(std::chrono::milliseconds(1));
    if (status != 0u) fail("a login ended with status " + std::to_string(status.value_or(~0u)));
  }

  [[nodiscard]] std::shared_ptr<wmi::WmiClient> client() const { return lab_->client(); }

  // The whole MSiSCSI_InitiatorSessionInfo block; its size.
  std::size_t read_sessions(std::uint32_t adapter, std::size_t hint) {
    auto answer = lab_->client()->query_wait(sessions_[adapter], hint);
    if (!answer) fail(answer.error().message);
    return answer->data.size();
  }

 private:
  static constexpr std::uint32_t kLogin = 30;
  std::shared_ptr<VirtualClock> clock_;
  std::unique_ptr<lab::Lab> lab_;
  std::vector<wmi::InstanceRef> operations_, sessions_;
};

std::string bytes(double value) {
  return value < 1e6   ? fixed(value / 1e3, 1, "KB")
         : value < 1e9 ? fixed(value / 1e6, 1, "MB")
                       : fixed(value / 1e9, 2, "GB");
}

double session_read_ns(ScaleLab& lab, std::uint32_t adapter) {
  const std::size_t size = lab.read_sessions(adapter, 64);
  return median_ns([&] { lab.read_sessions(adapter, size); });
}

// What a tree over the lab pays for a login: following the registry, and the list of a class that
// the login does not concern.
void measure_following(ScaleLab& lab, std::uint32_t adapters, std::uint32_t target) {
  constexpr std::uint32_t kSample = 50;
  fs::Catalog catalog(lab.client(), {}, 1 << 20);
  const auto list = [&] {
    const auto cls = catalog.classes()->by_guid.at(wmi::Guid{iscsi::MSiSCSI_OperationsGuid});
    std::size_t size = 0;
    catalog.instances(cls, [&](fs::Catalog::ListResult result) {
      if (result) size = (*result)->instances.size();
    });
    if (size != adapters) fail("the list of adapters");
  };
  double begin = now();
  list();
  print_row("front end: the first list of the adapters", fixed((now() - begin) * 1e3, 2, "ms"), "",
            "", "");
  const std::uint32_t sample = std::min(kSample, adapters);
  double took = 0;
  for (std::uint32_t i = 0; i < sample; ++i) {
    lab.log_in(i, target);
    begin = now();
    list();
    took += now() - begin;
  }
  print_row("front end: the same after a login", fixed(took / sample * 1e6, 2, "us"), "", "", "");
}

void measure_many(const std::filesystem::path& dir, std::uint32_t adapters, std::uint32_t each) {
  double alone_ns = 0;
  {
    ScaleLab one(dir / "alone", 1, each);
    for (std::uint32_t i = 0; i < each; ++i) one.log_in(0, i);
    alone_ns = session_read_ns(one, 0);
  }
  const std::string what = std::to_string(adapters) + " adapters";
  const std::size_t before = resident_bytes();
  double begin = now();
  {
    const ScaleLab first(dir / "many", adapters, each);
  }
  print_row("first start of " + what + ", which makes their NVRAM", fixed(now() - begin, 2, "s"),
            "", "", "");
  begin = now();
  ScaleLab lab(dir / "many", adapters, each + 1);
  print_row("start of " + what, fixed(now() - begin, 2, "s"), "", "", "");
  const std::size_t started = resident_bytes();
  print_row("resident memory an adapter", bytes(static_cast<double>(started - before) / adapters),
            "", "", "");
  begin = now();
  for (std::uint32_t i = 0; i < each; ++i) {
    for (std::uint32_t adapter = 0; adapter < adapters; ++adapter) lab.log_in(adapter, i);
  }
  const double count = static_cast<double>(adapters) * each;
  print_row("login of " + std::to_string(each) + " sessions on each, a login",
            fixed((now() - begin) / count * 1e6, 1, "us"), "", "", "");
  print_row("resident memory a session",
            bytes(static_cast<double>(resident_bytes() - started) / count), "", "", "");
  print_row("resident memory of the whole lab", bytes(static_cast<double>(resident_bytes())), "",
            "", "");
  const double ns = session_read_ns(lab, adapters / 2);
  print_row("MSiSCSI_InitiatorSessionInfo of one of them (floor: in a lab of one)",
            fixed(ns / 1e3, 2, "us"), fixed(alone_ns / 1e3, 2, "us"), fixed(ns / alone_ns, 2, "x"),
            "<= 2 x");
  measure_following(lab, adapters, each);
}

// Sessions `from` to `to` of adapter 0; the time of one login in microseconds.
double log_in_range(ScaleLab& lab, std::uint32_t from, std::uint32_t to,
                    std::uint32_t type = kData) {
  const double begin = now();
  for (std::uint32_t i = from; i < to; ++i) lab.log_in(0, i, type);
  return (now() - begin) / (to - from) * 1e6;
}

void measure_one(const std::filesystem::path& dir, std::uint32_t sessions) {
  constexpr std::uint32_t kSample = 100;
  ScaleLab lab(dir / "one", 1, sessions + kSample);
  log_in_range(lab, 0, kSample);
  const double few = log_in_range(lab, kSample, 2 * kSample);
  const std::size_t before = resident_bytes();
  // SCSI addresses end before 65,536 targets: sessions beyond have no devices.
  const std::uint32_t with_devices = std::min(sessions, 64'000u);
  log_in_range(lab, 2 * kSample, with_devices);
  if (with_devices < sessions) log_in_range(lab, with_devices, sessions, kInformational);
  print_row("resident memory a session of one adapter",
            bytes(static_cast<double>(resident_bytes() - before) / (sessions - 2 * kSample)), "",
            "", "");
  const double many = log_in_range(lab, sessions, sessions + kSample);
  print_row("login at " + std::to_string(sessions) + " sessions (floor: at 100)",
            fixed(many, 1, "us"), fixed(few, 1, "us"), fixed(many / few, 2, "x"), "<= 2 x");
  const std::size_t size = lab.read_sessions(0, 64);
  const double ns = median_ns([&] { lab.read_sessions(0, size); });
  const double floor = median_ns([&] {
    wmi::WnodeBuffer fresh(size);
    std::memset(fresh.data(), 1, size);
    asm volatile("" : : "r"(fresh.data()) : "memory");
  });
  print_row("query of the whole block, " + bytes(static_cast<double>(size)),
            fixed(static_cast<double>(size) / ns, 2, "GB/s"),
            fixed(static_cast<double>(size) / floor, 2, "GB/s"), fixed(floor / ns, 2, "x"),
            ">= 1 GB/s");
}

// In a process of its own, so that nobody measures memory that another one left behind.
void in_child(const std::function<void(const std::filesystem::path&)>& measure) {
  const TemporaryDirectory directory;
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    measure(directory.path());
    std::exit(0);
  }
  int status = 0;
  if (::waitpid(child, &status, 0) != child || status != 0) std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  const auto number = [&](int at, std::uint32_t otherwise) {
    return argc > at ? static_cast<std::uint32_t>(std::atoi(argv[at])) : otherwise;
  };
  print_header();
  in_child([&](const std::filesystem::path& dir) { measure_one(dir, number(3, 100'000)); });
  in_child([&](const std::filesystem::path& dir) {
    measure_many(dir, number(1, 10'000), number(2, 100));
  });
  return 0;
}
