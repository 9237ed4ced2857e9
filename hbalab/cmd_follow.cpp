// watch: events of all classes as they come. trace: the SRBs that went to the drivers.
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "hbalab/commands.hpp"
#include "hbalab/tree.hpp"

namespace hbalab::cli {
namespace fs = std::filesystem;
namespace {

struct Follow {
  std::vector<std::string> classes;
  bool follow = false;
  bool all = false;  // watch: what was logged before as well
  std::size_t lines = 10;
  std::size_t count = 0;  // stop after so many lines; 0: never
};

// A log that is read on as it grows; only whole lines are handed out.
class LogFile {
 public:
  explicit LogFile(const fs::path& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~LogFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;
  [[nodiscard]] int fd() const { return fd_; }

  template <typename Sink>
  bool drain(Sink sink) {
    char buffer[32 << 10];
    for (;;) {
      const ssize_t n = ::read(fd_, buffer, sizeof buffer);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return n == 0;
      rest_.append(buffer, static_cast<std::size_t>(n));
      std::size_t begin = 0;
      for (std::size_t end; (end = rest_.find('\n', begin)) != std::string::npos; begin = end + 1) {
        sink(std::string_view(rest_).substr(begin, end - begin));
      }
      rest_.erase(0, begin);
    }
  }

 private:
  int fd_;
  std::string rest_;
};

// Event logs of the chosen classes; instances that appear later are found at the next look.
void find_logs(const Tree& tree, const Follow& options,
               std::map<fs::path, std::unique_ptr<LogFile>>& logs, bool skip_old) {
  for (const auto& name : tree.classes()) {
    if (!options.classes.empty() &&
        std::ranges::find(options.classes, name) == options.classes.end())
      continue;
    for (const auto& instance : tree.instances(tree.wmi() / name)) {
      const fs::path path = tree.wmi() / name / instance / "events.jsonl";
      if (logs.contains(path)) continue;
      auto log = std::make_unique<LogFile>(path);
      if (log->fd() < 0) continue;
      if (skip_old) log->drain([](std::string_view) {});
      logs.emplace(path, std::move(log));
    }
  }
}

int run_watch(const Context& context, const Follow& options) {
  auto tree = Tree::find(context.tree);
  if (!tree) {
    std::cerr << "hbalab: " << tree.error() << '\n';
    return kNoTree;
  }
  std::map<fs::path, std::unique_ptr<LogFile>> logs;
  find_logs(*tree, options, logs, !options.all);
  if (logs.empty()) {
    std::cerr << "hbalab: no event class has an instance in " << tree->wmi().string() << '\n';
    return kFailed;
  }
  std::size_t printed = 0;
  for (;;) {
    for (auto it = logs.begin(); it != logs.end();) {
      const bool alive = it->second->drain([&](std::string_view line) {
        if (options.count == 0 || printed < options.count) std::cout << line << '\n' << std::flush;
        ++printed;
      });
      it = alive ? std::next(it) : logs.erase(it);
    }
    if (options.count != 0 && printed >= options.count) return kOk;
    if (logs.empty() || ::access((tree->root() / "README").c_str(), R_OK) != 0)
      return kOk;  // unmounted
    std::vector<pollfd> waits;
    for (const auto& [path, log] : logs) waits.push_back({log->fd(), POLLIN, 0});
    // The timeout is how long a new instance may go unnoticed.
    ::poll(waits.data(), waits.size(), 2000);
    find_logs(*tree, options, logs, false);
  }
}

int run_trace(const Context& context, const Follow& options) {
  auto tree = Tree::find(context.tree);
  if (!tree) {
    std::cerr << "hbalab: " << tree.error() << '\n';
    return kNoTree;
  }
  const fs::path path = tree->lab() / "trace.jsonl";
  LogFile log(path);
  if (log.fd() < 0) {
    std::cerr << "hbalab: " << path.string() << ": " << std::strerror(errno) << '\n';
    return kFailed;
  }
  std::deque<std::string> last;
  log.drain([&](std::string_view line) {
    last.emplace_back(line);
    if (last.size() > options.lines) last.pop_front();
  });
  for (const auto& line : last) std::cout << line << '\n';
  std::cout << std::flush;
  while (options.follow) {
    pollfd wait{log.fd(), POLLIN, 0};
    if (::poll(&wait, 1, 2000) < 0 && errno != EINTR) return kFailed;
    if (!log.drain([](std::string_view line) { std::cout << line << '\n' << std::flush; }))
      return kOk;
  }
  return kOk;
}

}  // namespace

void add_follow(CLI::App& app, Context& context) {
  auto* watch = app.add_subcommand("watch", "Print events as they are fired");
  auto events = std::make_shared<Follow>();
  watch->add_option("CLASS", events->classes, "Event classes; default: all");
  watch->add_flag("-a,--all", events->all, "Begin with the events that were fired before");
  watch->add_option("-n,--count", events->count, "Stop after so many events");
  watch->callback([&context, events] {
    context.run = [&context, events] { return run_watch(context, *events); };
  });

  auto* trace = app.add_subcommand("trace", "Print the SRBs that went to the drivers");
  auto srbs = std::make_shared<Follow>();
  trace->add_flag("-f,--follow", srbs->follow, "Go on as new ones come");
  trace->add_option("-n,--lines", srbs->lines, "How many of the latest to begin with")
      ->capture_default_str();
  trace->callback(
      [&context, srbs] { context.run = [&context, srbs] { return run_trace(context, *srbs); }; });
}

}  // namespace hbalab::cli
