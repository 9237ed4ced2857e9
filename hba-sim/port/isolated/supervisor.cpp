#include "hba-sim/port/isolated/supervisor.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "hba-sim/port/checker/violation_log.hpp"
#include "hba-sim/port/isolated/host_config.hpp"
#include "hba-sim/port/isolated/violation_text.hpp"
#include "hba-sim/thread_signals.hpp"

namespace hbalab::port::isolated {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kMostFaults = 100, kMostModules = 1000, kMostProviders = 65'536;
constexpr std::size_t kMostLine = 4096;
constexpr int kMostPieces = 16;  // of what a process prints, before others have their turn

std::uint64_t coarse_now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000u +
         static_cast<std::uint64_t>(time.tv_nsec);
}

std::string for_ms(milliseconds time) { return " for " + std::to_string(time.count()) + " ms"; }

AdapterDeviceOptions with_log(AdapterDeviceOptions options) {
  if (!options.log) options.log = [](std::string_view) {};
  return options;
}

// Starts a thread that takes no signal of the process.
template <typename Body>
std::thread start_thread(Body body) {
  const ProcessSignalsBlocked blocked;
  return std::thread(std::move(body));
}

}  // namespace

Supervisor::Supervisor(IsolationOptions isolation, AdapterDeviceOptions options)
    : isolation_(std::move(isolation)), options_(with_log(std::move(options))) {
  adapter_ = std::make_shared<Proxy>(link_, 0, options_.device_instance, options_.friendly_name);
}

Supervisor::~Supervisor() { stop(); }

std::expected<void, DriverProblem> Supervisor::start() {
  auto memory = SharedMemory::create();
  if (!memory) return std::unexpected(DriverProblem{ENOMEM, std::move(memory.error())});
  memory_ = std::make_shared<const SharedMemory>(*std::move(memory));
  trace_index_ = options_.trace->add_adapter(options_.friendly_name);
  link_->requests = std::make_shared<RequestTable>(RequestTable::Options{
      memory_, options_.clock,
      [trace = options_.trace, index = trace_index_](TraceRecord record) {
        record.adapter = index;
        trace->record(record);
      },
      // A caller who waits for an answer may be the one who finds that, when this has gone.
      [weak = weak_from_this()](std::string what) {
        if (const auto self = weak.lock()) self->break_off(std::move(what));
      }});
  reaper_ = start_thread([requests = link_->requests] { requests->run(); });
  watcher_ = start_thread([this] { run(); });
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return start_result_ || ended_; });
  if (start_result_ && start_result_->error == 0) return {};
  DriverProblem problem = start_result_.value_or(DriverProblem{});
  // One that ended is not one that refused.
  if (!start_result_) problem = {EIO, faults_.empty() ? "its process ended" : faults_.back()};
  lock.unlock();
  stop();
  return std::unexpected(std::move(problem));
}

std::expected<void, std::string> Supervisor::reset() {
  const auto dead = [this] {
    return std::unexpected(options_.device_instance + ": the driver does not run: it is " +
                           std::string(state()) + "; restart the adapter");
  };
  std::unique_lock lock(mutex_);
  if (state_ != State::running || !link_->socket) {
    lock.unlock();
    return dead();
  }
  reset_result_.reset();
  lock.unlock();
  (void)link_->socket->send({Message::Kind::reset});
  lock.lock();
  changed_.wait(lock, [this] { return reset_result_ || ended_; });
  if (!reset_result_) {
    lock.unlock();
    return dead();
  }
  if (!reset_result_->empty()) return std::unexpected(*reset_result_);
  return {};
}

void Supervisor::stop() {
  std::shared_ptr<MessageSocket> socket;
  {
    const std::scoped_lock lock(mutex_);
    if (state_ == State::starting || state_ == State::running) {
      state_ = State::stopping;
      // Longer than any routine may take: what hangs is told as that.
      if (isolation_.hang.count() != 0) {
        stop_by_ = steady_clock::now() + isolation_.hang + std::chrono::seconds(5);
      }
    }
    if (!ended_) socket = link_->socket;
  }
  if (socket) (void)socket->send({Message::Kind::stop});
  if (watcher_.joinable()) watcher_.join();
  if (link_->requests) link_->requests->fail_all(wmi::NtStatus::no_such_device);
  if (reaper_.joinable()) reaper_.join();
}

void Supervisor::settle() {
  if (!options_.violations) return;
  Message message{Message::Kind::settle};
  std::unique_lock lock(mutex_);
  if (state_ == State::running) {
    const std::uint64_t number = message.numbers[0] = ++asked_;
    lock.unlock();
    (void)link_->socket->send(message);
    lock.lock();
    changed_.wait(lock, [&] { return ended_ || settled_ >= number; });
  }
  lock.unlock();
  options_.violations->flush();
}

std::size_t Supervisor::pending() const { return link_->requests ? link_->requests->pending() : 0; }

std::vector<std::string> Supervisor::faults() const {
  const std::scoped_lock lock(mutex_);
  return faults_;
}

std::string_view Supervisor::state() const {
  constexpr std::array<std::string_view, 6> kNames{"starting", "running", "stopping",
                                                   "stopped",  "crashed", "hung"};
  const std::scoped_lock lock(mutex_);
  return kNames.at(static_cast<std::size_t>(state_));
}

int Supervisor::process() const {
  const std::scoped_lock lock(mutex_);
  return pid_;
}

void Supervisor::set_state(State state) {
  const std::scoped_lock lock(mutex_);
  state_ = state;
}

void Supervisor::break_off(std::string what) {
  const std::scoped_lock lock(mutex_);
  if (!broken_) broken_ = std::move(what);
}

void Supervisor::fault(std::string what) {
  const std::scoped_lock lock(mutex_);
  if (faults_.size() < kMostFaults) faults_.push_back(std::move(what));
}

void Supervisor::run() {
  std::error_code ignored;
  std::filesystem::remove_all(isolation_.copies, ignored);  // of a lab that was killed
  auto process = HostProcess::start(isolation_.program, memory_->descriptor());
  if (!process) {
    const std::scoped_lock lock(mutex_);
    start_result_ = std::move(process.error());
    ended_ = true;
    state_ = State::stopped;
    changed_.notify_all();
    return;
  }
  {
    auto socket = std::make_shared<MessageSocket>(process->take_socket());
    const std::scoped_lock lock(mutex_);
    link_->socket = std::move(socket);
    pid_ = process->id();
  }
  timers_ = std::make_shared<RemoteTimers>(options_.clock, memory_, link_->socket);
  const HostConfig config{
      isolation_.driver,        isolation_.copies,      isolation_.mof,
      options_.device_instance, options_.friendly_name, options_.registry_values,
      options_.default_timeout, isolation_.own_clock,   options_.violations != nullptr};
  Message start{Message::Kind::start};
  start.text = to_text(config);
  (void)link_->socket->send(start);
  watch(*process);
  conclude(*process);
  std::filesystem::remove_all(isolation_.copies, ignored);
}

milliseconds Supervisor::nap() const {
  const milliseconds longest(1000);
  return isolation_.hang.count() == 0 ? longest
                                      : std::clamp(isolation_.hang / 8, milliseconds(5), longest);
}

// Until the process has ended, or is to be.
void Supervisor::watch(HostProcess& process) {
  const int end = static_cast<int>(::syscall(SYS_pidfd_open, process.id(), 0));
  bool over = false;
  while (!over) {
    std::array<pollfd, 3> wait{pollfd{link_->socket->descriptor(), POLLIN, 0},
                               pollfd{process.output(), POLLIN, 0}, pollfd{end, POLLIN, 0}};
    (void)::poll(wait.data(), wait.size(), static_cast<int>(nap().count()));
    if ((wait[1].revents & POLLIN) != 0) read_output(process.output(), false);
    over = !read_messages() || (wait[2].revents & POLLIN) != 0;
    if (!over) {
      if (const auto doing = hanging()) {
        end_hanging(process, *doing);
        over = true;
      }
    }
    const std::scoped_lock lock(mutex_);
    over = over || broken_ || steady_clock::now() > stop_by_;
  }
  // One that has closed its end on purpose may go on for ever.
  constexpr int kGrace = 1000;
  pollfd last{end, POLLIN, 0};
  const bool wait_for_end = [&] {
    const std::scoped_lock lock(mutex_);
    return !broken_ && !hang_ && steady_clock::now() <= stop_by_;
  }();
  if (wait_for_end) (void)::poll(&last, 1, kGrace);
  if (end >= 0) ::close(end);
}

bool Supervisor::read_messages() {
  for (;;) {
    const auto bytes = link_->socket->receive(true);
    if (!bytes) return true;
    if (bytes->empty()) return false;
    reader_.append(*bytes);
    for (;;) {
      auto message = reader_.next();
      if (!message) {
        break_off("what its process says to the lab: " + message.error());
        return false;
      }
      if (!*message) break;
      take(**std::move(message));
    }
  }
}

// What the process prints: the C library's last words, and the driver's where it has its own.
void Supervisor::read_output(int descriptor, bool last) {
  std::array<char, 4096> piece{};
  for (int pieces = 0; last || pieces < kMostPieces; ++pieces) {
    const ssize_t size = ::read(descriptor, piece.data(), piece.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    for (const char c : std::string_view(piece.data(), static_cast<std::size_t>(size))) {
      if (c != '\n' && output_.size() < kMostLine) {
        output_ += c;
        continue;
      }
      if (!output_.empty()) {
        last_output_ = std::move(output_);
        options_.log(last_output_);
      }
      output_.clear();
      if (c != '\n') output_ += c;
    }
  }
  if (last && !output_.empty()) {
    last_output_ = std::move(output_);
    options_.log(last_output_);
  }
}

std::optional<Doing> Supervisor::hanging() {
  if (isolation_.hang.count() == 0) return std::nullopt;
  const auto limit = static_cast<std::uint64_t>(isolation_.hang.count()) * 1'000'000u;
  auto doing = longest(memory_->header());
  if (start_hangs(doing.has_value())) return Doing{};
  const std::uint64_t now = coarse_now();
  if (doing && doing->since < now && now - doing->since > limit) return doing;
  // It may have spoilt what says so: then nothing goes on.
  const std::uint32_t progress = memory_->header().progress.load();
  if (progress != progress_ || !link_->requests->waiting()) {
    progress_ = progress;
    progress_at_ = steady_clock::now();
  }
  if (!doing && steady_clock::now() - progress_at_ > isolation_.hang) return Doing{};
  return std::nullopt;
}

bool Supervisor::start_hangs(bool doing) {
  const auto now = steady_clock::now();
  {
    const std::scoped_lock lock(mutex_);
    doing = doing || start_result_;
  }
  if (doing || start_sign_ == Time::min()) start_sign_ = now;
  if (now - start_sign_ <= isolation_.start) return false;
  hang_ = "its process has not begun to start the driver" + for_ms(isolation_.start);
  return true;
}

void Supervisor::end_hanging(HostProcess& process, const Doing& doing) {
  if (!hang_) {
    hang_ = (doing.routine.empty() ? "its process takes no requests any more"
                                   : doing.routine + " has not returned") +
            for_ms(isolation_.hang);
  }
  if (doing.thread == 0) return;
  process.ask(doing.thread);
  // A thread that does not get to its signal handler has no backtrace.
  constexpr milliseconds kStep(5), kMost(500);
  for (milliseconds waited(0); waited < kMost && memory_->header().stack.state.load() != 2;
       waited += kStep) {
    (void)::poll(nullptr, 0, static_cast<int>(kStep.count()));
  }
}

void Supervisor::drop_providers() {
  for (const auto& [number, provider] : std::exchange(providers_, {})) {
    options_.registry->remove(provider.get());
  }
}

void Supervisor::conclude(HostProcess& process) {
  process.kill();
  const int status = process.wait();
  read_output(process.output(), true);
  (void)read_messages();
  timers_->end();
  bool stopping = false, started = false;
  std::optional<std::string> broken;
  {
    const std::scoped_lock lock(mutex_);
    stopping = state_ == State::stopping;
    started = !start_result_ || start_result_->error == 0;
    broken = broken_;
  }
  const SharedHeader& shared = memory_->header();
  wmi::NtStatus failure = wmi::NtStatus::io_device_error;
  if (hang_) {
    tell_end(State::hung, "hung: " + *hang_ + "; its process was ended");
  } else if (broken) {
    tell_end(State::crashed, "crashed: it has spoilt " + *broken + "; its process was ended");
  } else if (started && (!stopping || shared.stack.state.load() != 0)) {
    tell_end(State::crashed, "crashed: " + describe_end(shared, status));
  } else {
    failure = wmi::NtStatus::cancelled;
    set_state(State::stopped);
  }
  drop_providers();
  link_->requests->fail_all(failure);
  const std::scoped_lock lock(mutex_);
  pid_ = 0;
  ended_ = true;
  changed_.notify_all();
}

void Supervisor::tell_end(State state, const std::string& what) {
  std::vector<std::string> lines = backtrace_of(memory_->header(), modules_, symbolizer_);
  // "free(): invalid pointer": what the C library said before it gave up; or the checker, which
  // knows the rule that was broken.
  const bool last_words =
      memory_->header().stack.signal.load() == SIGABRT || last_output_.starts_with("hbalab: ");
  if (state == State::crashed && last_words && !last_output_.empty()) {
    lines.insert(lines.begin(), "it said: " + last_output_);
  }
  std::string text = what;
  for (const std::string& line : lines) text += "\n  " + line;
  fault(std::move(text));
  options_.log("FAULT " + what);
  for (const std::string& line : lines) options_.log("FAULT   " + line);
  set_state(state);
}

void Supervisor::take(Message message) {
  switch (message.kind) {
    case Message::Kind::module:
      if (modules_.size() >= kMostModules) return;
      modules_.push_back({message.text, message.numbers[0], message.numbers[1], message.numbers[2],
                          message.text.starts_with(isolation_.copies.string())});
      return;
    case Message::Kind::provider:
      return take_provider(message);
    case Message::Kind::provider_gone:
      return take_provider_gone(message);
    case Message::Kind::event:
      return take_event(std::move(message));
    case Message::Kind::log:
      return options_.log(message.text);
    case Message::Kind::fault:
      return fault(std::move(message.text));
    case Message::Kind::schedule:
      return timers_->schedule(message.numbers[0],
                               TimePoint(Duration(static_cast<std::int64_t>(message.numbers[1]))));
    case Message::Kind::unschedule:
      return timers_->unschedule(message.numbers[0]);
    case Message::Kind::fired:
      return timers_->fired(message.numbers[0]);
    case Message::Kind::violation:
      return take_violation(message);
    case Message::Kind::settled: {
      const std::scoped_lock lock(mutex_);
      settled_ = std::max(settled_, message.numbers[0]);
      changed_.notify_all();
      return;
    }
    case Message::Kind::started:
    case Message::Kind::reset_done: {
      const std::scoped_lock lock(mutex_);
      if (message.kind == Message::Kind::reset_done) {
        reset_result_ = std::move(message.text);
      } else {
        start_result_ = {static_cast<int>(message.numbers[0] & 0xFFF), std::move(message.text)};
        if (start_result_->error == 0 && state_ == State::starting) state_ = State::running;
      }
      changed_.notify_all();
      return;
    }
    default:
      return break_off("what its process says to the lab: a message of kind " +
                       std::to_string(static_cast<unsigned>(message.kind)) +
                       ", which only the lab sends");
  }
}

void Supervisor::take_provider(const Message& message) {
  const std::uint64_t number = message.numbers[0];
  auto known = providers_.find(number);
  if (known == providers_.end()) {
    if (number > 0xFFFFFFFFu || providers_.size() >= kMostProviders) {
      return break_off("what its process says to the lab: provider " + std::to_string(number));
    }
    auto made = number == 0 ? adapter_
                            : std::make_shared<Proxy>(link_, static_cast<std::uint32_t>(number),
                                                      message.text, options_.friendly_name);
    known = providers_.emplace(number, std::move(made)).first;
  }
  const auto added = Proxy::enlist(known->second, message.data, *options_.registry);
  if (added) return;
  fault(added.error());
  options_.log("FAULT " + added.error());
}

void Supervisor::take_provider_gone(const Message& message) {
  const auto known = providers_.find(message.numbers[0]);
  if (known == providers_.end()) return;
  options_.registry->remove(known->second.get());
  providers_.erase(known);
}

void Supervisor::take_event(Message message) {
  const auto known = providers_.find(message.numbers[0]);
  if (known == providers_.end()) return;
  wmi::Event event;
  event.timestamp = message.numbers[1];
  event.guid = message.guid;
  event.provider = known->second;
  event.instance_name = std::move(message.text);
  event.data = std::move(message.data);
  options_.events->publish(std::move(event));
}

void Supervisor::take_violation(const Message& message) {
  auto violation = read_violation(message.text);
  if (!violation || !options_.violations) return;
  violation->where.adapter = options_.friendly_name;
  violation->source = symbolizer_.describe(violation->code);
  options_.violations->adopt(*std::move(violation));
}

}  // namespace hbalab::port::isolated
