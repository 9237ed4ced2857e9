#include "hba-sim/port/prober.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "hba-sim/port/core.hpp"
#include "wmi-model/wnode.hpp"
#include "wmi-model/wnode/wnode_layout.hpp"

namespace hbalab::port {
namespace {

using check::Outcome;
using check::Probe;
using wmi::MinorFunction;

// How often the same thing is asked for, and how many different things are told apart.
constexpr std::uint32_t kTimes = 2, kDecoded = 4;
// Of a method: the call that does not fit may come after some that are refused for other reasons.
constexpr std::uint32_t kStates = 16;
constexpr unsigned kConfirmed = 4;  // times that an overrun is seen again before it counts
constexpr std::size_t kMostKeys = 16384;
// Answers beyond that are neither decoded nor kept, and not asked for.
constexpr std::size_t kMostDecoded = std::size_t{1} << 20;
constexpr std::uint32_t kMostKept = 256 * 1024;
constexpr std::uint32_t kRoom = 4096;  // where a probe does not say
constexpr std::size_t kMostBlocks = 16;
// What is counted.
constexpr std::uint16_t kAnswer = 0x1000, kProbe = 0x2000, kState = 0x3000;

std::vector<std::uint8_t> begin_of(const wmi::WnodeBuffer& buffer, MinorFunction minor) {
  const check::View bytes = buffer.bytes();
  const std::size_t size = check::input_size(minor, bytes);
  return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)};
}

// The request that a probe stands for.
std::vector<std::uint8_t> input_of(const Probe& probe) {
  wmi::InstanceKey key{probe.instance, u""};
  if (!probe.name.empty()) key = {wmi::InstanceKey::kByName, probe.name};
  switch (probe.minor) {
    case MinorFunction::query_all_data:
      return begin_of(wmi::pack_query_all(probe.guid, 0), probe.minor);
    case MinorFunction::execute_method:
      return begin_of(wmi::pack_method(probe.guid, key, probe.method, {}, 0), probe.minor);
    default:
      return begin_of(wmi::pack_query_single(probe.guid, key, 0), probe.minor);
  }
}

std::unique_ptr<ProbeRun> make_run(const std::shared_ptr<DeviceProvider>& device,
                                   const Probe& probe) {
  auto run = std::make_unique<ProbeRun>();
  run->probe = probe;
  run->device = device;
  run->input = input_of(probe);
  run->size = probe.size != 0 ? probe.size : static_cast<std::uint32_t>(run->input.size()) + kRoom;
  return run;
}

// Of a success whose answer was kept.
check::Exchange exchange_of(const ProbeRun& run) {
  check::Exchange exchange;
  exchange.minor = run.probe.minor;
  exchange.guid = run.probe.guid;
  exchange.answer = run.answer;
  exchange.srb_status = SRB_STATUS_SUCCESS;
  exchange.size = run.outcome.size;
  return exchange;
}

// Whether the answer has its data in the same places.
bool lies_as(const std::vector<check::DataRange>& data, const ProbeRun& run) {
  if (run.outcome.kind != Outcome::Kind::success) return false;
  std::vector<check::DataRange> now;
  check::find_data(exchange_of(run), now);
  return std::ranges::equal(data, now, [](const auto& one, const auto& other) {
    return one.offset == other.offset && one.size == other.size;
  });
}

std::uint64_t hash_of(check::View bytes) {
  std::uint64_t hash = 14695981039346656037ULL;  // FNV-1a
  for (const std::uint8_t byte : bytes) hash = (hash ^ byte) * 1099511628211ULL;
  return hash;
}

}  // namespace

std::size_t Prober::Hash::operator()(const Key& key) const {
  std::uint64_t words[2];
  std::memcpy(words, key.guid.bytes.data(), sizeof words);
  std::uint64_t hash = words[0] ^ std::rotl(words[1], 29);
  for (const std::uint64_t part :
       {std::uint64_t{key.what}, std::uint64_t{key.instance}, std::uint64_t{key.id}}) {
    hash = (std::rotl(hash, 17) ^ part) * 0x9E3779B97F4A7C15ULL;
  }
  return static_cast<std::size_t>(hash);
}

std::uint32_t Prober::seen(const Key& key) {
  const std::scoped_lock lock(mutex_);
  const auto found = seen_.find(key);
  if (found != seen_.end()) return ++found->second;
  if (seen_.size() >= kMostKeys) return 0;
  return ++seen_[key];
}

Prober::Sample Prober::sample(const check::Exchange& exchange, std::uint32_t instance,
                              std::uint32_t id) {
  const Outcome outcome = check::outcome_of(exchange);
  // A failure has no data and nothing to compare.
  if (outcome.kind == Outcome::Kind::failed) return {};
  const auto what = static_cast<std::uint16_t>(
      kAnswer | static_cast<unsigned>(exchange.minor) << 4 | static_cast<unsigned>(outcome.kind));
  const std::uint32_t count = seen({exchange.guid, what, instance, id});
  if (count == 0) return {};
  const bool decode =
      (count <= kDecoded || std::has_single_bit(count)) && exchange.answer.size() <= kMostDecoded;
  return {decode, count <= kTimes};
}

bool Prober::wants_state(const wmi::Guid& guid, std::uint32_t method) {
  if (core_.options().hardware != nullptr) return false;
  const std::uint32_t count = seen({guid, kState, 0, method});
  return count != 0 && count <= kStates;
}

void Prober::send(std::unique_ptr<ProbeRun> next) {
  const std::scoped_lock lock(mutex_);
  if (!core_.takes_requests()) return;
  due_.push_back(std::move(next));
  if (running_ || timer_ != 0) return;
  timer_ = core_.run_later({}, false, [this] {
    {
      const std::scoped_lock inside(mutex_);
      timer_ = 0;
    }
    run();
  });
}

void Prober::run() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return !running_; });
  running_ = true;
  while (!due_.empty()) {
    std::unique_ptr<ProbeRun> next = std::move(due_.front());
    due_.pop_front();
    lock.unlock();
    core_.send_probe(std::move(next));
    lock.lock();
  }
  running_ = false;
  idle_.notify_all();
}

void Prober::stop() {
  std::deque<std::unique_ptr<ProbeRun>> dropped;
  TimerId timer = 0;
  {
    const std::scoped_lock lock(mutex_);
    dropped.swap(due_);
    timer = std::exchange(timer_, 0);
  }
  if (timer != 0) core_.options().clock->cancel(timer);
}

void Prober::done(std::unique_ptr<ProbeRun> run) {
  if (run->answered && run->then) run->then(*run);
}

void Prober::report(const ProbeRun& run, check::Findings& findings) {
  if (findings.empty()) return;
  core_.found(*run.device, run.probe, findings);
}

// An answer that asked for more room, and what follows from it.
struct Prober::Overrun {
  std::shared_ptr<DeviceProvider> device;
  Probe probe;  // of the request: what it was for
  std::vector<std::uint8_t> input;
  std::uint32_t offered = 0;
  Outcome first;
  check::OverrunProtocol protocol;
};

void Prober::registered(const std::shared_ptr<DeviceProvider>& device,
                        std::span<const std::uint8_t> reginfo) {
  const auto info = wmi::unpack_reginfo(reginfo);
  if (!info) return;
  constexpr std::uint32_t kEventOnly = 0x40;  // WMIREG_FLAG_EVENT_ONLY_GUID
  const auto schema = core_.options().registry->schema();
  std::vector<check::Block> blocks;
  for (const wmi::RegisteredGuid& guid : info->guids) {
    check::Block block{guid.guid, (guid.flags & kEventOnly) != 0, guid.instance_count, {}, false};
    if (const wmi::Class* cls = schema->find(guid.guid)) {
      block.methods_known = true;
      for (const wmi::Method& method : cls->methods) block.methods.push_back(method.id);
    }
    blocks.push_back(std::move(block));
  }
  for (const Probe& probe : check::probes_at_start(blocks)) {
    const auto what = static_cast<std::uint16_t>(kProbe | static_cast<unsigned>(probe.kind) << 4 |
                                                 static_cast<unsigned>(probe.minor));
    const std::uint32_t count = seen({probe.guid, what, probe.instance, probe.method});
    if (count == 0 || count > kTimes) continue;
    auto run = make_run(device, probe);
    if (probe.kind == Probe::Kind::least_room) {
      run->then = [this](ProbeRun& its) {
        follow_overrun(std::make_shared<Overrun>(
            Overrun{its.device, its.probe, its.input, its.size, its.outcome, {}}));
      };
    } else {
      run->then = [this](ProbeRun& its) {
        check::Findings findings;
        check::judge(its.probe, its.outcome, findings);
        report(its, findings);
      };
    }
    send(std::move(run));
  }
}

void Prober::send_overrun(const std::shared_ptr<Overrun>& overrun, Probe::Kind kind,
                          std::uint32_t size, std::function<void(ProbeRun&)> then) {
  auto run = std::make_unique<ProbeRun>();
  run->probe = overrun->probe;
  run->probe.kind = kind;
  run->probe.size = run->size = size;
  run->device = overrun->device;
  run->input = overrun->input;
  run->then = std::move(then);
  send(std::move(run));
}

// A block whose size comes and goes answers differently one of these times; a driver that is wrong
// does not.
void Prober::confirm_overrun(std::shared_ptr<Overrun> overrun, Probe::Kind kind, std::uint32_t size,
                             Outcome outcome, std::shared_ptr<check::Findings> findings,
                             unsigned times) {
  const auto first = [=, this](ProbeRun& asks) {
    if (asks.outcome != overrun->first) return;
    send_overrun(overrun, kind, size, [=, this](ProbeRun& again) {
      if (again.outcome != outcome) return;
      if (times == 1) return report(again, *findings);
      confirm_overrun(overrun, kind, size, outcome, findings, times - 1);
    });
  };
  send_overrun(overrun, Probe::Kind::least_room, overrun->offered, first);
}

void Prober::follow_overrun(std::shared_ptr<Overrun> overrun) {
  check::Findings none;
  overrun->protocol.feed({overrun->offered, overrun->first, {}, {}, false}, none);
  // Each step sends the next; the last one judges what was found meanwhile.
  struct Step {
    Prober* prober;
    std::shared_ptr<Overrun> overrun;
    void operator()(ProbeRun& run) const {
      // What the WMI library refuses because the driver's answer is wrong is no second violation.
      if (run.told && run.outcome.kind == Outcome::Kind::failed) return;
      check::Findings findings;
      overrun->protocol.feed({run.size, run.outcome, {}, {}, false}, findings);
      if (findings.empty()) return next();
      prober->confirm_overrun(overrun, run.probe.kind, run.size, run.outcome,
                              std::make_shared<check::Findings>(std::move(findings)), kConfirmed);
    }
    void next() const {
      const auto size = overrun->protocol.next();
      if (!size || *size > kMostDecoded) return;
      const bool exact = *size == overrun->first.size;
      prober->send_overrun(overrun, exact ? Probe::Kind::exact_size : Probe::Kind::one_less, *size,
                           *this);
    }
  };
  Step{this, std::move(overrun)}.next();
}

void Prober::answered(const std::shared_ptr<DeviceProvider>& device,
                      const check::Exchange& exchange, std::span<const check::DataRange> data,
                      check::View input) {
  if (!check::read_only(exchange.minor)) return;
  const auto size = static_cast<std::uint32_t>(exchange.answer.size());
  const std::vector<std::uint8_t> begin(input.begin(), input.end());
  const Outcome outcome = check::outcome_of(exchange);
  if (outcome.kind == Outcome::Kind::overrun) {
    Probe probe;
    probe.minor = exchange.minor;
    probe.guid = exchange.guid;
    follow_overrun(std::make_shared<Overrun>(Overrun{device, probe, begin, size, outcome, {}}));
    return;
  }
  if (size > kMostKept) return;
  for (const Probe& probe : check::probes_after(exchange)) {
    if (probe.kind == Probe::Kind::one_less) {
      // The data alone is to be short of room.
      if (probe.size <= begin.size()) continue;
      auto less = std::make_shared<Overrun>(Overrun{device, probe, begin, probe.size, {}, {}});
      send_overrun(less, probe.kind, probe.size, [this, less](ProbeRun& run) {
        less->first = run.outcome;
        follow_overrun(less);
      });
      continue;
    }
    if (probe.kind != Probe::Kind::second_run) {
      auto run = make_run(device, probe);
      run->size = std::max(run->size, static_cast<std::uint32_t>(run->input.size()) + size);
      ask_name(std::move(run), begin, size);
      continue;
    }
    auto run = std::make_unique<ProbeRun>();
    run->probe = probe;
    run->device = device;
    run->input = begin;
    run->size = probe.size;
    second_run(std::move(run), {exchange.answer.begin(), exchange.answer.end()},
               {data.begin(), data.end()});
  }
}

void Prober::second_run(std::unique_ptr<ProbeRun> run, std::vector<std::uint8_t> first,
                        std::vector<check::DataRange> data) {
  run->keep_answer = true;
  run->then = [this, first = std::move(first), data = std::move(data)](ProbeRun& second) {
    check::Findings findings;
    if (!lies_as(data, second)) return;
    check::check_two_runs(first, second.answer, data, findings);
    if (findings.empty()) return;
    // Data that lives may look like poison in both runs; it does not again with the first poison.
    auto third = std::make_unique<ProbeRun>();
    third->probe = second.probe;
    third->probe.edge = check::Edge::end;
    third->probe.poison = check::Poison::first;
    third->device = second.device;
    third->input = second.input;
    third->size = second.size;
    third->keep_answer = true;
    third->then = [this, data, answer = second.answer](ProbeRun& its) {
      check::Findings again;
      if (!lies_as(data, its)) return;
      check::check_two_runs(its.answer, answer, data, again);
      report(its, again);
    };
    send(std::move(third));
  };
  send(std::move(run));
}

void Prober::ask_name(std::unique_ptr<ProbeRun> run, std::vector<std::uint8_t> list_input,
                      std::uint32_t list_size) {
  run->then = [this, list_input = std::move(list_input), list_size](ProbeRun& its) {
    check::Findings findings;
    check::judge(its.probe, its.outcome, findings);
    if (findings.empty()) return;
    // Instances come and go: a name is judged by a list that is newer.
    auto list = std::make_unique<ProbeRun>();
    list->probe = its.probe;
    list->probe.minor = MinorFunction::query_all_data;
    list->device = its.device;
    list->input = list_input;
    list->size = list_size;
    list->keep_answer = true;
    auto kept = std::make_shared<check::Findings>(std::move(findings));
    list->then = [this, probe = its.probe, kept](ProbeRun& listing) {
      if (listing.outcome.kind != Outcome::Kind::success) return;
      const auto names = check::find_names(exchange_of(listing));
      const bool listed =
          std::ranges::find(names, probe.name, &check::ListedName::name) != names.end();
      if (listed != (probe.kind == Probe::Kind::listed_name)) return;
      listing.probe = probe;
      report(listing, *kept);
    };
    send(std::move(list));
  };
  send(std::move(run));
}

Prober::State Prober::state_of(const std::shared_ptr<DeviceProvider>& device) {
  State state;
  for (const auto& [guid, instances] : device->registered()) {
    if (state.size() == kMostBlocks) break;
    Probe probe;
    probe.kind = Probe::Kind::state;
    probe.guid = guid;
    probe.minor = MinorFunction::query_all_data;
    auto run = make_run(device, probe);
    run->keep_answer = true;
    // It may be answered when nobody waits any more.
    auto hash = std::make_shared<std::optional<std::uint64_t>>();
    run->then = [hash](ProbeRun& its) {
      if (its.outcome.kind != Outcome::Kind::success) return;
      *hash = hash_of(check::View(its.answer)
                          .first(std::min<std::size_t>(its.outcome.size, its.answer.size())));
    };
    core_.send_probe(std::move(run));
    state.push_back(*hash);
  }
  return state;
}

}  // namespace hbalab::port
