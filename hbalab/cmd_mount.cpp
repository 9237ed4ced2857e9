// mount and umount: the lab and the front end in one process.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <thread>

#include "fuse-frontend/mount.hpp"
#include "hba-sim/lab/config.hpp"
#include "hba-sim/lab/lab.hpp"
#include "hba-sim/lab/scenario.hpp"
#include "hbalab/commands.hpp"
#include "hbalab/loaded_files.hpp"
#include "hbalab/mount_point.hpp"
#include "hbalab/tour.hpp"
#include "hbalab/tree.hpp"

namespace hbalab::cli {
namespace fs = std::filesystem;
namespace {

struct MountArguments {
  std::string mount_point, lab_file, scenario, state;
  std::vector<lab::AdapterConfig> loaded;  // --miniport, each with the --mof behind it
  std::string check;                       // name of a lab::Check; empty: the environment decides
  bool isolate = false;                    // each of them in a process of its own
  bool foreground = false;
  bool single_threaded = false;
  bool lazy = false;
};

fs::path default_state(const std::string& lab_name) {
  const char* state = std::getenv("XDG_STATE_HOME");
  const char* home = std::getenv("HOME");
  const fs::path base =
      state && *state ? fs::path(state) : fs::path(home && *home ? home : "/tmp") / ".local/state";
  return base / "hbalab" / lab_name;
}

// Tells the parent that waits in front: "" is success. Keeps quiet when nobody waits.
class Readiness {
 public:
  explicit Readiness(int fd) : fd_(fd) {}
  ~Readiness() { done("the lab ended before it was ready"); }
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;
  void done(std::string_view error) {
    if (fd_ < 0) return;
    if (!error.empty() && ::write(fd_, error.data(), error.size()) < 0)
      std::cerr << "hbalab: " << error << '\n';
    ::close(fd_);
    fd_ = -1;
  }
  [[nodiscard]] bool background() const { return fd_ >= 0; }

 private:
  int fd_;
};

// After the start, what goes wrong goes to the log in the state directory.
void redirect_output(const fs::path& state) {
  const int log =
      ::open((state / "hbalab.log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null >= 0) {
    ::dup2(null, STDIN_FILENO);
    ::dup2(null, STDOUT_FILENO);
  }
  if (log >= 0) ::dup2(log, STDERR_FILENO);
  if (log > STDERR_FILENO) ::close(log);
  if (null > STDERR_FILENO) ::close(null);
}

// Signals that end the lab, taken by one thread, so that no handler runs anywhere else.
class SignalThread {
 public:
  explicit SignalThread(hbalab::fs::MountedTree& tree) {
    thread_ = std::thread([&tree] {
      int signal_number = 0;
      sigset_t set = signals();
      while (::sigwait(&set, &signal_number) == 0) {
        if (signal_number == SIGUSR2) return;
        tree.stop();
      }
    });
  }
  ~SignalThread() {
    ::pthread_kill(thread_.native_handle(), SIGUSR2);
    thread_.join();
  }
  SignalThread(const SignalThread&) = delete;
  SignalThread& operator=(const SignalThread&) = delete;

  // Before the first thread is started: they all inherit the mask.
  static void block() {
    const sigset_t set = signals();
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
  }

 private:
  static sigset_t signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR2}) sigaddset(&set, number);
    return set;
  }
  std::thread thread_;
};

int serve(const MountArguments& arguments, const fs::path& mount_point, lab::LabConfig config,
          const fs::path& state, Readiness& ready) {
  lab::Scenario scenario;
  if (const auto found = lab::find_scenario(arguments.scenario))
    scenario = {std::string(found->name), std::string(found->description)};
  const bool background = ready.background();
  auto refuse = [&](const std::string& text) {
    if (background) {
      ready.done(text);
      return static_cast<int>(kFailed);
    }
    return fail(text);
  };
  SignalThread::block();
  lab::LabOptions options;
  options.config = std::move(config);
  options.scenario = std::move(scenario);
  options.state_dir = state;
  options.check = lab::check_named(arguments.check);
  // On the terminal until the lab is ready, in its log afterwards.
  options.notice = [](std::string_view line) { std::cerr << "hbalab: " << line << std::endl; };
  auto opened = lab::Lab::open(std::move(options));
  if (!opened) return refuse(opened.error());
  if (auto prepared = prepare_mount_point(mount_point); !prepared) return refuse(prepared.error());

  hbalab::fs::MountOptions mount;
  mount.mountpoint = mount_point.string();
  mount.client = (*opened)->client();
  mount.events = (*opened)->events();
  mount.control = (*opened)->control();
  mount.readme = tour_text(mount_point);
  mount.single_threaded = arguments.single_threaded;
  auto tree = hbalab::fs::MountedTree::mount(std::move(mount));
  if (!tree) return refuse(tree.error());
  const fs::path pid_file = state / "hbalab.pid";
  std::ofstream(pid_file) << ::getpid() << '\n';
  int code = kOk;
  {
    const SignalThread signals(**tree);
    if (background) redirect_output(state);
    ready.done("");
    if (auto served = (*tree)->run(); !served) {
      std::cerr << "hbalab: " << served.error() << '\n';
      code = kFailed;
    }
  }
  tree->reset();
  opened->reset();
  std::error_code ignored;
  fs::remove(pid_file, ignored);
  return code;
}

// The parent's side: waits until the tree answers, or prints why it will not.
int wait_for_child(int fd, const fs::path& mount_point) {
  std::string error;
  char buffer[4096];
  for (ssize_t n; (n = ::read(fd, buffer, sizeof buffer)) != 0;) {
    if (n < 0 && errno != EINTR)
      return fail(std::string("waiting for the lab: ") + std::strerror(errno));
    if (n > 0) error.append(buffer, static_cast<std::size_t>(n));
  }
  if (!error.empty()) return fail(error);
  auto readme = read_file(mount_point / "README");
  if (!readme) return fail(readme.error().to_string(mount_point / "README"));
  return kOk;
}

int list_scenarios() {
  for (const auto& scenario : lab::scenarios()) {
    std::cout << std::left << std::setw(20) << scenario.name << ' ' << scenario.title << '\n';
  }
  return kOk;
}

std::expected<lab::LabConfig, std::vector<lab::ConfigError>> lab_of(
    const MountArguments& arguments) {
  if (const auto scenario = lab::find_scenario(arguments.scenario))
    return lab::parse_lab("scenario " + arguments.scenario, scenario->lab);
  if (!arguments.lab_file.empty()) return lab::read_lab_file(arguments.lab_file);
  if (arguments.loaded.empty()) return lab::parse_lab("sample lab", lab::sample_lab_text());
  // Nothing but the miniports that were given.
  lab::LabConfig config;
  config.name = arguments.loaded.front().name;
  return config;
}

// Puts the miniports of the command line next to the adapters of the lab.
void add_loaded(const MountArguments& arguments, lab::LabConfig& config) {
  for (lab::AdapterConfig adapter : arguments.loaded) {
    const auto taken = [&](const lab::AdapterConfig& its) { return its.name == adapter.name; };
    const std::string name = adapter.name;
    for (unsigned again = 2; std::ranges::any_of(config.adapters, taken); ++again) {
      adapter.name = name + '-' + std::to_string(again);
    }
    lab::complete_loaded_adapter(adapter);
    config.adapters.push_back(std::move(adapter));
  }
}

int run_mount(const MountArguments& arguments) {
  if (arguments.scenario == "list") return list_scenarios();
  if (!arguments.scenario.empty() && !lab::find_scenario(arguments.scenario))
    return fail(lab::unknown_scenario(arguments.scenario), kUsage);
  if (arguments.mount_point.empty()) return fail("MNT is required", kUsage);
  auto config = lab_of(arguments);
  if (!config) {
    for (const auto& error : config.error()) std::cerr << "hbalab: " << error.to_string() << '\n';
    return kBadInput;
  }
  add_loaded(arguments, *config);
  const fs::path mount_point = fs::absolute(arguments.mount_point).lexically_normal();
  const fs::path state = fs::absolute(arguments.state.empty() ? default_state(config->name)
                                                              : fs::path(arguments.state));
  if (arguments.foreground) {
    Readiness nobody(-1);
    return serve(arguments, mount_point, *std::move(config), state, nobody);
  }
  int pipe_ends[2];
  if (::pipe2(pipe_ends, O_CLOEXEC) != 0) return fail(std::string("pipe: ") + std::strerror(errno));
  const pid_t child = ::fork();
  if (child < 0) return fail(std::string("fork: ") + std::strerror(errno));
  if (child == 0) {
    ::close(pipe_ends[0]);
    ::setsid();
    // Nothing that was open in the caller's shell may be held for as long as the lab runs.
    if (pipe_ends[1] > STDERR_FILENO + 1) {
      ::close_range(STDERR_FILENO + 1, static_cast<unsigned>(pipe_ends[1]) - 1, 0);
    }
    ::close_range(static_cast<unsigned>(pipe_ends[1]) + 1, ~0U, 0);
    int code = kOk;
    {
      Readiness ready(pipe_ends[1]);
      code = serve(arguments, mount_point, *std::move(config), state, ready);
    }
    std::exit(code);
  }
  ::close(pipe_ends[1]);
  const int code = wait_for_child(pipe_ends[0], mount_point);
  ::close(pipe_ends[0]);
  return code;
}

int run_umount(const MountArguments& arguments) {
  fs::path path = fs::absolute(arguments.mount_point).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();  // a slash at the end
  // The way there may lead over links. The mount point itself is not followed: a lab that was
  // killed does not answer for it.
  std::error_code missing;
  if (auto parent = fs::canonical(path.parent_path(), missing); !missing) {
    path = parent / path.filename();
  }
  if (mounted_type(path) != "fuse.hbalab")
    return fail(path.string() + ": no hbalab tree is mounted here");
  // The server ends when its mount goes; its state directory is free only after that.
  int server = -1;
  if (auto pid = read_file(path / "lab" / "pid")) {
    server = static_cast<int>(::syscall(SYS_pidfd_open, std::atoi(pid->c_str()), 0));
  }
  if (auto done = unmount(path, arguments.lazy || server < 0); !done) {
    return fail(done.error() + " (files of the tree are open; close them, or use --lazy)");
  }
  if (server >= 0 && !arguments.lazy) {
    pollfd wait{server, POLLIN, 0};
    while (::poll(&wait, 1, 30'000) < 0 && errno == EINTR) {
    }
    if ((wait.revents & POLLIN) == 0)
      return fail("the lab is unmounted, but its process has not ended in 30 s");
  }
  if (server >= 0) ::close(server);
  return kOk;
}

}  // namespace

void add_mount(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<MountArguments>();
  auto* mount = app.add_subcommand("mount", "Start a lab and mount its tree");
  mount->add_option("MNT", arguments->mount_point, "Mount point; created when missing");
  auto* lab = mount->add_option("--lab", arguments->lab_file, "Lab file (default: the sample lab)")
                  ->check(CLI::ExistingFile);
  mount
      ->add_option("--scenario", arguments->scenario,
                   "A named situation instead of a lab file; 'list' lists them")
      ->excludes(lab);
  mount->add_option(
      "--state", arguments->state,
      "State directory (default: $XDG_STATE_HOME/hbalab/LAB or ~/.local/state/hbalab/LAB)");
  auto files = std::make_shared<LoadedFiles>();
  auto* miniport =
      mount
          ->add_option("--miniport", files->miniports,
                       "Load this driver (a shared object); again for one more adapter. Without "
                       "--lab and --scenario the lab has nothing else")
          ->check(CLI::ExistingFile)
          ->allow_extra_args(false);
  auto* mof = mount
                  ->add_option("--mof", files->mofs,
                               "MOF file with classes of the --miniport before it; repeatable")
                  ->check(CLI::ExistingFile)
                  ->allow_extra_args(false)
                  ->needs(miniport);
  mount
      ->add_option("--check", arguments->check,
                   "Whose miniports are held to the rules of docs/driver-kit-rules.md: those that "
                   "were loaded, all, or none (default: $HBALAB_CHECK, else loaded)")
      ->check(CLI::IsMember({"loaded", "all", "none"}));
  mount
      ->add_flag("--isolate", arguments->isolate,
                 "Run each --miniport in a process of its own, whose end the lab survives")
      ->needs(miniport);
  mount->add_flag("-f,--foreground", arguments->foreground, "Stay in front; end with Ctrl-C");
  mount->add_flag("--single-threaded", arguments->single_threaded, "Serve with one thread");
  mount->callback([&context, mount, miniport, mof, files, arguments] {
    arguments->loaded = loaded_adapters(mount->parse_order(), miniport, mof, *files);
    if (arguments->isolate) {
      for (auto& adapter : arguments->loaded) adapter.miniport->isolate.emplace();
    }
    context.run = [arguments] { return run_mount(*arguments); };
  });

  auto place = std::make_shared<MountArguments>();
  auto* umount = app.add_subcommand("umount", "Unmount a tree and end its lab");
  umount->add_option("MNT", place->mount_point, "Mount point")->required();
  umount->add_flag("-l,--lazy", place->lazy, "Detach now, even while files are open");
  umount->callback([&context, place] { context.run = [place] { return run_umount(*place); }; });
}

}  // namespace hbalab::cli
