#include "tests/conformance/runner.hpp"

#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <random>

#include "tests/conformance/case_run.hpp"
#include "tests/conformance/worker.hpp"
#include "wmi-model/mof.hpp"

namespace hbalab::conform {
namespace {

using Time = std::chrono::steady_clock::time_point;

constexpr unsigned kMostInARow = 5;  // cases that could not be judged, before the run is given up

volatile sig_atomic_t interrupted = 0;

// Ctrl-C ends the run, not the report.
class InterruptGuard {
 public:
  InterruptGuard() {
    struct sigaction action{};
    action.sa_handler = [](int) { interrupted = 1; };
    interrupted = 0;
    ::sigaction(SIGINT, &action, &before_);
    pipe_before_ = ::signal(SIGPIPE, SIG_IGN);
  }
  ~InterruptGuard() {
    ::sigaction(SIGINT, &before_, nullptr);
    ::signal(SIGPIPE, pipe_before_);
  }
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

 private:
  struct sigaction before_{};
  sighandler_t pipe_before_ = SIG_DFL;
};

std::uint64_t hash_of(std::string_view id) {  // FNV-1a
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : id) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash;
}

bool any_matches(const std::vector<std::string>& globs, std::string_view id) {
  return std::ranges::any_of(globs,
                             [&](const std::string& glob) { return glob_matches(glob, id); });
}

CaseResult unjudged(const Case& made, Verdict verdict, std::string reason) {
  CaseResult result;
  result.id = made.id;
  result.title = made.title;
  result.requirement = made.requirement;
  result.verdict = verdict;
  result.reason = std::move(reason);
  return result;
}

// The worse one counts, with what the other one found besides.
void join(CaseResult& kept, CaseResult other) {
  const auto badness = [](const CaseResult& its) {
    return its.verdict == Verdict::error ? 2 : its.verdict == Verdict::failed ? 1 : 0;
  };
  if (badness(other) > badness(kept)) std::swap(kept, other);
  for (Problem& problem : other.problems) {
    const bool known = std::ranges::any_of(kept.problems, [&](const Problem& its) {
      return its.where == problem.where && its.received == problem.received;
    });
    if (!known) kept.problems.push_back(std::move(problem));
  }
}

// ---- in the worker's process -------------------------------------------------------------------

Json json_of(const Violation& violation) {
  return {{"rule", violation.rule}, {"expected", violation.expected}, {"found", violation.found}};
}

void serve(Worker& self, const std::vector<Case>& cases, const SubjectFactory& factory,
           const RunOptions& options) {
  std::unique_ptr<Subject> subject;
  std::string device;
  Scope scope = options.parameters;
  const auto open = [&] {
    if (subject && subject->abilities().has(Ability::checked)) {
      for (const Violation& each : subject->end()) scope.answers["end"].push_back(json_of(each));
    }
    subject.reset();
    auto opened = factory();
    if (!opened) {
      self.say({{"fatal", opened.error()}});
      return false;
    }
    subject = *std::move(opened);
    for (const std::string& each : devices_of(*subject)) {
      if (device.empty() && each.contains(options.device)) device = each;
    }
    // What was wrong before the first request is not the first case's.
    Json& start = scope.answers["start"] = Json::array();
    for (const Violation& each : subject->violations()) start.push_back(json_of(each));
    return true;
  };
  if (!open()) return;
  if (device.empty() && !options.device.empty())
    return self.say({{"fatal", "no device has '" + options.device + "' in its name"}});
  self.say({{"ready", subject->describe()}});
  while (const auto line = self.next_line()) {
    const Case& made = cases.at(std::stoul(*line));
    const auto listener = [&](std::string_view what) { self.note_request(what); };
    self.note_request("");
    CaseResult result = run_case(made, *subject, scope, device, listener);
    if (result.verdict == Verdict::failed) {
      if (auto alive = subject->alive(); !alive) {
        result.verdict = Verdict::error;
        result.reason = "the implementation has gone: " + alive.error();
      }
    }
    self.say(to_json(result));
    if (result.verdict == Verdict::error || made.last) return;
    // What a failed case left behind is nobody else's.
    if (result.verdict == Verdict::failed && !options.shared) {
      if (!open()) return;
      self.say({{"ready", subject->describe()}});
    }
  }
}

// ---- the watching side -------------------------------------------------------------------------

class Run {
 public:
  Run(const std::vector<Case>& cases, const SubjectFactory& factory, const RunOptions& options)
      : cases_(cases), factory_(factory), options_(options), jobs_(std::max(options.jobs, 1U)) {}

  // One round; false: the run is over.
  bool round(const std::vector<std::size_t>& order);

  std::vector<std::optional<CaseResult>> results;  // by case
  std::string unfinished;
  std::string subject;

 private:
  struct Job {
    Worker worker;
    bool ready = false;
    bool again = false;             // not ready because it opens the implementation anew
    std::optional<std::size_t> at;  // the case that it is at
    Time deadline;
  };

  [[nodiscard]] bool start(Job& job);
  void give(Job& job);
  void handle(Job& job, const Message& message);
  void lose(Job& job, const std::string& reason);
  void finish(std::size_t at, CaseResult result);
  void keep(std::size_t at, CaseResult result);
  void wait();
  void listen(Job& job);
  void line_up(const std::vector<std::size_t>& order);
  // Whether a process is wanted in the place of one that there is not.
  [[nodiscard]] bool wanted() const {
    const auto idle = std::ranges::count_if(
        jobs_, [](const Job& job) { return job.worker.running() && !job.at; });
    return next_ + static_cast<std::size_t>(idle) < queue_.size() ||
           (last_ && !last_result_ && !running());
  }
  [[nodiscard]] bool over() const {
    return next_ == queue_.size() && !busy() && (!last_ || (last_result_ && !running()));
  }
  [[nodiscard]] bool running() const {
    return std::ranges::any_of(jobs_, [](const Job& job) { return job.worker.running(); });
  }
  [[nodiscard]] bool busy() const {
    return std::ranges::any_of(jobs_, [](const Job& job) { return job.at.has_value(); });
  }

  const std::vector<Case>& cases_;
  const SubjectFactory& factory_;
  const RunOptions& options_;
  std::vector<Job> jobs_;
  std::vector<std::size_t> queue_;
  std::size_t next_ = 0, done_ = 0;
  std::optional<std::size_t> last_;        // the case that ends each process
  std::optional<CaseResult> last_result_;  // of those that it has ended
  unsigned lost_in_a_row_ = 0;
};

bool Run::start(Job& job) {
  job.ready = job.again = false;
  job.deadline = std::chrono::steady_clock::now() + options_.timeout;
  const auto started =
      job.worker.start([this](Worker& self) { serve(self, cases_, factory_, options_); });
  if (!started && unfinished.empty()) unfinished = started.error();
  return started.has_value();
}

// A case for a worker that has none; exclusive ones wait until nobody else is at one.
void Run::give(Job& job) {
  const bool left = next_ < queue_.size();
  if (!job.worker.running() || !job.ready || job.at || (!left && !last_)) return;
  const std::size_t at = left ? queue_[next_] : *last_;
  const bool alone = std::ranges::any_of(
      jobs_, [&](const Job& other) { return other.at && cases_[*other.at].exclusive; });
  if (options_.shared && (alone || (cases_[at].exclusive && busy()))) return;
  if (left) ++next_;
  job.at = at;
  job.deadline = std::chrono::steady_clock::now() + options_.timeout;
  job.worker.send(std::to_string(at));
}

void Run::finish(std::size_t at, CaseResult result) {
  if (at != last_) return keep(at, std::move(result));
  if (last_result_) {
    join(*last_result_, std::move(result));
  } else {
    last_result_ = std::move(result);
  }
}

void Run::keep(std::size_t at, CaseResult result) {
  auto& kept = results[at];
  ++done_;
  if (options_.progress) options_.progress(result, done_, queue_.size() + (last_ ? 1 : 0));
  // Of several rounds the one that found something counts.
  const bool worse = !kept || kept->verdict == Verdict::passed || kept->verdict == Verdict::skipped;
  if (worse) kept = std::move(result);
}

void Run::lose(Job& job, const std::string& reason) {
  const std::string request = job.worker.last_request();
  job.worker.stop();
  if (job.at) {
    finish(*job.at, unjudged(cases_[*job.at], Verdict::error,
                             reason + (request.empty() ? "" : "; at: " + request)));
  } else if (job.again) {
    const std::string what = "the implementation did not stop and start again: " + reason;
    if (last_) finish(*last_, unjudged(cases_[*last_], Verdict::error, what));
  } else if (unfinished.empty()) {
    unfinished = "the implementation cannot be opened: " + reason;
  }
  job.at.reset();
  job.ready = false;
  if (++lost_in_a_row_ >= kMostInARow && unfinished.empty())
    unfinished = std::to_string(kMostInARow) + " cases in a row could not be judged";
}

void Run::handle(Job& job, const Message& message) {
  if (!message.end.empty()) return lose(job, "the process of the case " + message.end);
  if (message.json.contains("fatal")) {
    unfinished = "the implementation cannot be opened" +
                 std::string(job.again ? " again: " : ": ") +
                 message.json["fatal"].get<std::string>();
    job.worker.stop();
    job.at.reset();
    return;
  }
  if (message.json.contains("ready")) {
    job.ready = true;
    job.again = false;
    subject = message.json["ready"].get<std::string>();
    return;
  }
  auto result = result_of_json(message.json);
  if (!result) return lose(job, "the worker said what is no result: " + result.error());
  if (!job.at) return lose(job, "the worker had a result that nobody asked for");
  const bool error = result->verdict == Verdict::error;
  const std::size_t at = *job.at;
  job.at.reset();
  lost_in_a_row_ = error ? lost_in_a_row_ + 1 : 0;
  if (error) {
    job.worker.stop();
  } else if (at == last_) {
    job.worker.finish();
  } else if (result->verdict == Verdict::failed && !options_.shared) {
    job.ready = false;
    job.again = true;
    job.deadline = std::chrono::steady_clock::now() + options_.timeout;
  }
  finish(at, *std::move(result));
}

void Run::wait() {
  std::vector<pollfd> waits;
  Time first = Time::max();
  for (Job& job : jobs_) {
    if (!job.worker.running()) continue;
    waits.push_back({job.worker.descriptor(), POLLIN, 0});
    if (job.at || !job.ready) first = std::min(first, job.deadline);
  }
  const auto left =
      std::chrono::duration_cast<milliseconds>(first - std::chrono::steady_clock::now()).count();
  (void)::poll(waits.data(), waits.size(),
               static_cast<int>(std::clamp<std::int64_t>(left, 0, 1000)));
}

// What there is to hear of a process, or that there was nothing for too long.
void Run::listen(Job& job) {
  while (job.worker.running()) {
    const auto message = job.worker.receive();
    if (!message) break;
    handle(job, *message);
  }
  const bool waited_for = job.worker.running() && (job.at || !job.ready);
  if (waited_for && std::chrono::steady_clock::now() > job.deadline)
    lose(job, "no end within " + std::to_string(options_.timeout.count()) + " ms");
}

void Run::line_up(const std::vector<std::size_t>& order) {
  queue_.clear();
  last_.reset();
  last_result_.reset();
  for (const std::size_t at : order) {
    if (cases_[at].last) {
      last_ = at;
    } else {
      queue_.push_back(at);
    }
  }
  // On a shared implementation what changes nothing runs in parallel, and first.
  if (options_.shared && jobs_.size() > 1) {
    std::ranges::stable_partition(queue_, [&](std::size_t at) { return !cases_[at].exclusive; });
  }
  next_ = done_ = 0;
}

bool Run::round(const std::vector<std::size_t>& order) {
  line_up(order);
  while (unfinished.empty() && !over()) {
    if (interrupted != 0) unfinished = "interrupted";
    for (Job& job : jobs_) {
      if (!job.worker.running() && wanted() && !start(job)) break;
      give(job);
    }
    if (!unfinished.empty()) break;
    wait();
    for (Job& job : jobs_) listen(job);
  }
  for (Job& job : jobs_) {
    if (!unfinished.empty()) job.worker.stop();
  }
  if (last_result_) keep(*last_, *std::exchange(last_result_, {}));
  return unfinished.empty();
}

}  // namespace

std::vector<std::size_t> choose(const std::vector<Case>& cases, const Selection& selection) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const Case& each = cases[i];
    if (each.requirement.weight > selection.level) continue;
    if (!selection.select.empty() && !any_matches(selection.select, each.id)) continue;
    if (any_matches(selection.skip, each.id)) continue;
    if (!each.last && hash_of(each.id) % selection.shards != selection.shard - 1) continue;
    order.push_back(i);
  }
  if (selection.seed == 0) return order;
  std::mt19937_64 random(selection.seed);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random() % i]);
  return order;
}

std::expected<Inventory, std::string> take_inventory(const SubjectFactory& factory,
                                                     const wmi::SchemaSet& schema,
                                                     milliseconds timeout) {
  const auto said = in_child(
      [&] {
        auto subject = factory();
        if (!subject) return Json{{"fatal", subject.error()}};
        Json json{{"subject", (*subject)->describe()}, {"classes", Json::array()}, {"mof", ""}};
        std::string mof;
        for (const wmi::Class* cls : (*subject)->classes()) {
          json["classes"].push_back(cls->name);
          if (schema.find(cls->name) == nullptr) mof += wmi::write_mof(*cls);
        }
        json["mof"] = mof;
        return json;
      },
      timeout);
  if (!said) return std::unexpected(said.error());
  if (said->contains("fatal")) return std::unexpected((*said)["fatal"].get<std::string>());
  Inventory inventory{said->value("subject", ""), {}, said->value("mof", "")};
  for (const Json& name : (*said)["classes"]) inventory.classes.push_back(name.get<std::string>());
  return inventory;
}

Report run_cases(const std::vector<Case>& cases, const std::vector<std::size_t>& order,
                 const SubjectFactory& factory, const RunOptions& options) {
  const InterruptGuard guard;
  const auto begin = std::chrono::steady_clock::now();
  Run run(cases, factory, options);
  run.results.resize(cases.size());
  for (unsigned round = 0; options.repeat == 0 || round < options.repeat; ++round) {
    if (!run.round(order)) break;
    const bool failed = std::ranges::any_of(run.results, [](const auto& result) {
      return result && (result->verdict == Verdict::failed || result->verdict == Verdict::error);
    });
    if (options.until_failure && failed) break;
  }
  Report report;
  report.subject = run.subject;
  report.unfinished = run.unfinished;
  for (const std::size_t at : order) {
    auto& result = run.results[at];
    report.cases.push_back(result ? *std::move(result)
                                  : unjudged(cases[at], Verdict::not_run, run.unfinished));
  }
  report.duration = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - begin);
  return report;
}

}  // namespace hbalab::conform
