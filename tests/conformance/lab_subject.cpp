#include "tests/conformance/lab_subject.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <iterator>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "hba-sim/clock.hpp"
#include "hba-sim/lab/lab.hpp"
#include "tests/conformance/lab_requests.hpp"
#include "tests/conformance/lab_violations.hpp"
#include "wmi-model/text.hpp"
#include "wmi-model/wnode.hpp"

namespace hbalab::conform {
namespace {

using std::chrono::milliseconds;
using wmi::MinorFunction;
using wmi::NtStatus;

// A request under way.
struct Slot {
  std::mutex mutex;
  std::condition_variable done;
  std::unique_ptr<wmi::WmiRequest> answer;  // guarded by mutex
};

// A request that somebody may wait for.
struct Started {
  std::shared_ptr<Slot> slot;
  wmi::RequestId id = 0;
  Place place;
  Request request;
};

// Events of the lab, in the order of their coming.
struct EventQueue {
  std::mutex mutex;
  std::map<wmi::Guid, std::deque<EventRecord>> watched;  // guarded by mutex
};

class LabSubject : public Subject {
 public:
  explicit LabSubject(LabSubjectOptions options) : options_(std::move(options)) {}
  ~LabSubject() override {
    subscription_.reset();
    lab_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(options_.state_dir, ignored);
  }
  LabSubject(const LabSubject&) = delete;
  LabSubject& operator=(const LabSubject&) = delete;

  std::expected<void, std::string> open();

  [[nodiscard]] std::string describe() const override {
    return built_in() ? "the built-in HBA" : "the miniport " + options_.miniport;
  }
  [[nodiscard]] Abilities abilities() const override {
    Abilities abilities{Ability::raw,    Ability::set_item, Ability::reset,
                        Ability::events, Ability::trace,    Ability::overlap};
    if (virtual_ != nullptr) abilities.add(Ability::clock);
    if (built_in()) {
      abilities.add(Ability::bench);
      abilities.add(Ability::restart);
    } else {
      abilities.add(Ability::checked);
    }
    return abilities;
  }
  [[nodiscard]] std::shared_ptr<const wmi::SchemaSet> schema() const override {
    return lab_->registry()->schema();
  }
  [[nodiscard]] std::vector<const wmi::Class*> classes() override;
  [[nodiscard]] std::expected<std::vector<std::string>, std::string> instances(
      const wmi::Class& cls) override;
  [[nodiscard]] Reply request(const Request& request) override;
  [[nodiscard]] std::expected<void, std::string> alive() override { return {}; }
  void wait(milliseconds time) override;
  [[nodiscard]] std::expected<void, std::string> reset(const std::string& device) override;
  [[nodiscard]] std::expected<void, std::string> watch(const wmi::Class& cls) override;
  [[nodiscard]] std::optional<EventRecord> next_event(const wmi::Class& cls,
                                                      milliseconds limit) override;
  [[nodiscard]] std::uint64_t trace_mark() override { return log_end("trace.jsonl"); }
  [[nodiscard]] std::vector<std::string> trace_since(std::uint64_t mark) override {
    return last_lines(log_text("trace.jsonl", mark), kTraceLines);
  }
  [[nodiscard]] std::expected<std::uint64_t, std::string> start(const Request& request) override;
  void cancel(std::uint64_t ticket) override;
  [[nodiscard]] std::expected<void, std::string> bench(const std::string& path,
                                                       const std::string& text) override;
  [[nodiscard]] std::expected<std::string, std::string> bench_text(
      const std::string& path) override;
  [[nodiscard]] std::expected<void, std::string> bench_make(const std::string& path) override;
  [[nodiscard]] std::expected<void, std::string> bench_remove(const std::string& path) override;
  [[nodiscard]] std::string bench_name(const std::string& device) override;
  [[nodiscard]] Reply finish(std::uint64_t ticket) override;
  [[nodiscard]] std::expected<void, std::string> restart() override;
  [[nodiscard]] std::vector<Violation> violations() override;
  [[nodiscard]] std::vector<Violation> end() override;

 private:
  static constexpr std::size_t kTraceLines = 40;
  static constexpr std::size_t kMostPasses = 6;
  static constexpr std::size_t kMostViolations = 100;  // of one case
  static constexpr std::string_view kViolations = "violations.jsonl";

  [[nodiscard]] bool built_in() const { return options_.miniport.empty(); }
  [[nodiscard]] std::optional<Place> place_of(const Request& request);
  [[nodiscard]] Started begin(Place place, Request request, std::size_t room);
  [[nodiscard]] std::unique_ptr<wmi::WmiRequest> submit(const Place& place, const Request& request,
                                                        std::size_t room);
  void await(Slot& slot, wmi::WmiProvider& provider);
  [[nodiscard]] Reply reply_of(const wmi::WmiRequest& answer, const Request& request,
                               std::size_t overhead) const;
  [[nodiscard]] std::uint64_t log_end(std::string_view name) const;
  [[nodiscard]] std::string log_text(std::string_view name, std::uint64_t mark) const;

  LabSubjectOptions options_;
  std::shared_ptr<Clock> clock_;
  VirtualClock* virtual_ = nullptr;  // clock_, unless that is the real one
  std::unique_ptr<lab::Lab> lab_;
  std::shared_ptr<EventQueue> events_ = std::make_shared<EventQueue>();
  std::shared_ptr<void> subscription_;
  std::map<std::uint64_t, Started> started_;  // by ticket
  std::uint64_t last_ticket_ = 0;
  std::vector<std::shared_ptr<const wmi::SchemaSet>> schemas_;  // of labs that have ended
  std::uint64_t violations_seen_ = 0;
  std::set<std::string> complaints_;  // that were told
};

std::expected<void, std::string> LabSubject::open() {
  lab::LabOptions options;
  if (built_in()) {
    auto config = lab::parse_lab("lab", options_.lab_text);
    if (!config) return std::unexpected(config.error().front().to_string());
    options.config = *std::move(config);
  } else {
    lab::AdapterConfig adapter;
    adapter.name = "subject";
    adapter.miniport.emplace();
    adapter.miniport->path = std::filesystem::absolute(options_.miniport);
    for (const auto& file : options_.mof)
      adapter.miniport->mof.push_back(std::filesystem::absolute(file));
    if (options_.isolate) adapter.miniport->isolate.emplace();
    lab::complete_loaded_adapter(adapter);
    options.config.adapters.push_back(std::move(adapter));
  }
  if (built_in() || options_.virtual_clock) {
    auto clock = std::make_shared<VirtualClock>();
    virtual_ = clock.get();
    clock_ = std::move(clock);
  } else {
    clock_ = make_real_clock();
  }
  options.clock = clock_;
  options.state_dir = options_.state_dir;
  const auto complaints = std::make_shared<Complaints>();
  if (!built_in()) options.notice = [complaints](std::string_view line) { complaints->add(line); };
  auto opened = lab::Lab::open(std::move(options));
  if (!opened) return std::unexpected(opened.error() + complaints->text());
  lab_ = *std::move(opened);
  subscription_ = lab_->events()->subscribe([queue = events_](const wmi::Event& event) {
    const std::scoped_lock lock(queue->mutex);
    const auto watched = queue->watched.find(event.guid);
    if (watched != queue->watched.end())
      watched->second.push_back({event.instance_name, event.data});
  });
  return {};
}

std::vector<const wmi::Class*> LabSubject::classes() {
  std::vector<const wmi::Class*> found;
  const auto set = schema();
  for (const auto& registration : lab_->registry()->registrations()) {
    const wmi::Class* cls = set->find(registration.guid.guid);
    if (cls != nullptr && std::ranges::find(found, cls) == found.end()) found.push_back(cls);
  }
  return found;
}

std::expected<std::vector<std::string>, std::string> LabSubject::instances(const wmi::Class& cls) {
  auto found = lab_->client()->instances_wait(cls.guid);
  if (!found) return std::unexpected(found.error().message);
  std::vector<std::string> names;
  for (const auto& instance : *found) names.push_back(wmi::to_utf8(instance.key.name));
  return names;
}

// The instance where there is one, else whoever is to say that there is none.
std::optional<Place> LabSubject::place_of(const Request& request) {
  const auto name = wmi::to_utf16(request.instance).value_or(std::u16string());
  const auto registry = lab_->registry();
  if (!request.instance.empty()) {
    for (const auto& instance : registry->static_instances(request.guid)) {
      if (instance.key.name != name) continue;
      Place place{instance.provider, instance.key};
      if (request.index) place.key.index = *request.index;
      return place;
    }
  }
  auto candidates = registry->registrations(request.guid);
  if (candidates.empty()) candidates = registry->registrations();
  const wmi::Registration* best = nullptr;
  for (const auto& candidate : candidates) {
    const std::string& device = candidate.provider->device_instance();
    const bool meant =
        request.device.empty() ? request.instance.starts_with(device) : request.device == device;
    if (best == nullptr || meant) best = &candidate;
    if (meant) break;
  }
  if (best == nullptr) return std::nullopt;
  return Place{best->provider, {request.index.value_or(wmi::InstanceKey::kByName), name}};
}

Started LabSubject::begin(Place place, Request request, std::size_t room) {
  auto slot = std::make_shared<Slot>();
  auto wmi = std::make_unique<wmi::WmiRequest>();
  wmi->minor = request.minor;
  wmi->data_path = request.guid;
  wmi->buffer = pack(request, place.key, room);
  wmi->lends = true;
  wmi->on_complete = [slot](std::unique_ptr<wmi::WmiRequest> answer) {
    {
      const std::scoped_lock lock(slot->mutex);
      slot->answer = std::move(answer);
    }
    slot->done.notify_all();
  };
  const wmi::RequestId id = place.provider->submit(std::move(wmi));
  return {std::move(slot), id, std::move(place), std::move(request)};
}

std::unique_ptr<wmi::WmiRequest> LabSubject::submit(const Place& place, const Request& request,
                                                    std::size_t room) {
  const Started started = begin(place, request, room);
  await(*started.slot, *place.provider);
  const std::scoped_lock lock(started.slot->mutex);
  return std::move(started.slot->answer);
}

// Time passes only while nothing else can bring the answer.
void LabSubject::await(Slot& slot, wmi::WmiProvider& provider) {
  std::unique_lock lock(slot.mutex);
  while (!slot.answer) {
    lock.unlock();
    const bool moved = provider.help() || (virtual_ != nullptr && virtual_->step());
    lock.lock();
    if (!moved) slot.done.wait_for(lock, milliseconds(10), [&] { return slot.answer != nullptr; });
  }
}

Reply LabSubject::reply_of(const wmi::WmiRequest& answer, const Request& request,
                           std::size_t overhead) const {
  Reply reply;
  reply.outcome = outcome_of(answer.status);
  reply.detail = wmi::nt_status_name(answer.status);
  if (answer.status == NtStatus::buffer_too_small) {
    reply.needed = answer.information - std::min(answer.information, overhead);
    return reply;
  }
  if (!reply.ok() || !answers_data(request.minor)) return reply;
  const auto wnode =
      answer.buffer.bytes().first(std::min(answer.information, answer.buffer.capacity()));
  if (const auto whole = wmi::too_small(wnode)) {
    reply.outcome = Outcome::too_small;
    reply.detail = "WNODE_TOO_SMALL, " + std::to_string(*whole) + " bytes needed";
    reply.needed = *whole - std::min<std::size_t>(*whole, overhead);
    return reply;
  }
  const auto bad = [&](const wmi::WnodeError& error) {
    reply.outcome = Outcome::failed;
    reply.detail = "the answer is no WNODE: " + error.to_string();
  };
  if (request.minor == MinorFunction::query_all_data) {
    auto all = wmi::unpack_all_data(wnode);
    if (!all) {
      bad(all.error());
      return reply;
    }
    for (const auto& instance : all->instances)
      reply.all.emplace_back(wmi::to_utf8(instance.name),
                             Bytes(instance.data.begin(), instance.data.end()));
    return reply;
  }
  const auto data = wmi::unpack_single(wnode);
  if (data) {
    reply.data.assign(data->begin(), data->end());
  } else {
    bad(data.error());
  }
  return reply;
}

Reply LabSubject::request(const Request& request) {
  const auto place = place_of(request);
  if (!place) return {Outcome::not_found, "no driver has registered anything", {}, {}, {}};
  const std::size_t overhead = overhead_of(request, *place);
  const bool as_needed = request.room == Request::kAsNeeded;
  std::size_t room = as_needed ? 256 : request.room;
  Reply reply;
  for (std::size_t pass = 0; pass < kMostPasses; ++pass) {
    const auto answer = submit(*place, request, room);
    reply = reply_of(*answer, request, overhead);
    if (!as_needed || reply.outcome != Outcome::too_small || !reply.needed) return reply;
    room = *reply.needed;
  }
  return reply;
}

std::expected<std::uint64_t, std::string> LabSubject::start(const Request& request) {
  constexpr std::size_t kRoom = 64 << 10;  // a call is made once, whatever it answers
  const auto place = place_of(request);
  if (!place) return std::unexpected("no driver has registered anything");
  const auto& started = started_[++last_ticket_] =
      begin(*place, request, request.room == Request::kAsNeeded ? kRoom : request.room);
  while (started.place.provider->help()) {
    // until the driver has done what it can without time
  }
  return last_ticket_;
}

void LabSubject::cancel(std::uint64_t ticket) {
  const Started& started = started_.at(ticket);
  if (started.id != 0) started.place.provider->cancel(started.id);
}

Reply LabSubject::finish(std::uint64_t ticket) {
  const Started started = std::move(started_.at(ticket));
  started_.erase(ticket);
  await(*started.slot, *started.place.provider);
  const std::scoped_lock lock(started.slot->mutex);
  return reply_of(*started.slot->answer, started.request,
                  overhead_of(started.request, started.place));
}

std::expected<void, std::string> LabSubject::restart() {
  schemas_.push_back(schema());  // reports show what was asked for before
  started_.clear();
  subscription_.reset();
  lab_.reset();
  violations_seen_ = 0;
  complaints_.clear();
  return open();
}

void LabSubject::wait(milliseconds time) {
  if (virtual_ != nullptr) {
    virtual_->advance(time);
  } else {
    std::this_thread::sleep_for(time);
  }
}

std::string LabSubject::bench_name(const std::string& device) {
  const auto control = lab_->control();
  for (const auto& adapter : control->list("adapters").value_or(std::vector<lab::ControlNode>{})) {
    auto its = control->read("adapters/" + adapter.name + "/device_instance").value_or("");
    while (its.ends_with('\n')) its.pop_back();
    if (its == device || device.empty()) return adapter.name;
  }
  return {};
}

std::expected<void, std::string> told(const std::string& path,
                                      const std::expected<void, lab::ControlError>& done) {
  if (!done) return std::unexpected(path + ": " + done.error().reason);
  return {};
}

std::expected<void, std::string> LabSubject::bench(const std::string& path,
                                                   const std::string& text) {
  return told(path, lab_->control()->write(path, text));
}

std::expected<std::string, std::string> LabSubject::bench_text(const std::string& path) {
  auto text = lab_->control()->read(path);
  if (!text) return std::unexpected(path + ": " + text.error().reason);
  return *std::move(text);
}

std::expected<void, std::string> LabSubject::bench_make(const std::string& path) {
  return told(path, lab_->control()->make_directory(path));
}

std::expected<void, std::string> LabSubject::bench_remove(const std::string& path) {
  return told(path, lab_->control()->remove_directory(path));
}

std::expected<void, std::string> LabSubject::reset(const std::string& device) {
  const std::string name = bench_name(device);
  if (name.empty()) return std::unexpected("no adapter is the device " + device);
  return bench("adapters/" + name + "/reset", "1");
}

std::expected<void, std::string> LabSubject::watch(const wmi::Class& cls) {
  lab_->events()->drain();
  {
    const std::scoped_lock lock(events_->mutex);
    events_->watched[cls.guid].clear();
  }
  for (const auto& registration : lab_->registry()->registrations(cls.guid)) {
    Request enable{MinorFunction::enable_events, cls.guid, {}, {}, 0, {}, 0, {}};
    const auto answer = submit({registration.provider, {}}, enable, 0);
    if (answer->status != NtStatus::success)
      return std::unexpected("events of " + cls.name + " cannot be enabled: " +
                             std::string(wmi::nt_status_name(answer->status)));
  }
  return {};
}

std::optional<EventRecord> LabSubject::next_event(const wmi::Class& cls, milliseconds limit) {
  constexpr milliseconds kStep{10};
  for (milliseconds waited{0};; waited += kStep) {
    lab_->events()->drain();
    {
      const std::scoped_lock lock(events_->mutex);
      auto& queue = events_->watched[cls.guid];
      if (!queue.empty()) {
        EventRecord event = std::move(queue.front());
        queue.pop_front();
        return event;
      }
    }
    if (waited >= limit) return std::nullopt;
    wait(kStep);
  }
}

std::uint64_t LabSubject::log_end(std::string_view name) const {
  const auto log = lab_->control()->log(name);
  return log ? log->end_position() : 0;
}

std::string LabSubject::log_text(std::string_view name, std::uint64_t mark) const {
  const auto log = lab_->control()->log(name);
  if (!log) return {};
  std::string text;
  for (std::uint64_t end = log->end_position(); mark < end;) {
    const std::string part = log->read(mark, static_cast<std::size_t>(end - mark));
    if (part.empty()) break;
    text += part;
    mark += part.size();
  }
  return text;
}

std::vector<Violation> LabSubject::violations() {
  lab_->settle();
  std::vector<Violation> found;
  for (const std::string& line :
       last_lines(log_text(kViolations, violations_seen_), kMostViolations))
    found.push_back(violation_of(line));
  violations_seen_ = log_end(kViolations);
  const auto control = lab_->control();
  for (const auto& adapter : control->list("adapters").value_or(std::vector<lab::ControlNode>{})) {
    const std::string report = control->read("adapters/" + adapter.name + "/report").value_or("");
    for (Violation& complaint : complaints_of(report)) {
      if (complaints_.insert(complaint.rule + complaint.found).second)
        found.push_back(std::move(complaint));
    }
  }
  return found;
}

std::vector<Violation> LabSubject::end() {
  auto found = violations();
  const auto control = lab_->control();
  for (const auto& adapter : control->list("adapters").value_or(std::vector<lab::ControlNode>{})) {
    if (auto gone = control->remove_directory("adapters/" + adapter.name); !gone)
      found.push_back({"fault", "an adapter that stops", gone.error().reason});
  }
  std::ranges::move(violations(), std::back_inserter(found));
  return found;
}

}  // namespace

std::expected<std::unique_ptr<Subject>, std::string> open_lab_subject(LabSubjectOptions options) {
  auto subject = std::make_unique<LabSubject>(std::move(options));
  if (auto opened = subject->open(); !opened) return std::unexpected(opened.error());
  return subject;
}

}  // namespace hbalab::conform
