#include "hba-sim/port/isolated/host_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

namespace hbalab::port::isolated {
namespace fs = std::filesystem;
namespace {

constexpr const char* kName = "hbalab-driver-host";

std::unexpected<DriverProblem> problem(int error, const std::string& what) {
  return std::unexpected(DriverProblem{error, what + ": " + std::strerror(error)});
}

// Descriptors until somebody has them.
struct Ends {
  std::array<int, 2> ends{-1, -1};
  ~Ends() {
    for (const int end : ends) {
      if (end >= 0) ::close(end);
    }
  }
  [[nodiscard]] int take(std::size_t end) { return std::exchange(ends.at(end), -1); }
};

// What posix_spawn is to do in the process; the descriptors of nobody else get there.
struct SpawnPlan {
  posix_spawn_file_actions_t files{};
  posix_spawnattr_t attributes{};
  SpawnPlan(int socket, int memory, int output) {
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawnattr_init(&attributes);
    // Above the places that they get, so that none of them is in another's way.
    ::posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&files, output, STDERR_FILENO);
    ::posix_spawn_file_actions_adddup2(&files, socket, kSocketDescriptor);
    ::posix_spawn_file_actions_adddup2(&files, memory, kMemoryDescriptor);
    ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addclosefrom_np(&files, kMemoryDescriptor + 1);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    // A group of its own: what a terminal sends is for the lab, which stops the driver in order.
    ::posix_spawnattr_setpgroup(&attributes, 0);
    ::posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&files);
    ::posix_spawnattr_destroy(&attributes);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
};

// A copy that lies above the descriptors that the process gets.
int above(int descriptor) { return ::fcntl(descriptor, F_DUPFD_CLOEXEC, kMemoryDescriptor + 1); }

}  // namespace

std::expected<fs::path, DriverProblem> find_driver_host() {
  if (const char* given = std::getenv("HBALAB_DRIVER_HOST"); given != nullptr && *given != '\0') {
    return fs::path(given);
  }
  std::error_code error;
  const fs::path folder = fs::read_symlink("/proc/self/exe", error).parent_path();
  const std::array<fs::path, 2> places{folder / kName, folder / HBALAB_LIBEXEC_FROM_BIN / kName};
  for (const fs::path& place : places) {
    if (::access(place.c_str(), X_OK) == 0) return place.lexically_normal();
  }
  return std::unexpected(DriverProblem{ENOENT, std::string("isolation needs the program ") + kName +
                                                   ", which is neither " + places[0].string() +
                                                   " nor " + places[1].lexically_normal().string() +
                                                   "; HBALAB_DRIVER_HOST can name it"});
}

std::expected<HostProcess, DriverProblem> HostProcess::start(const fs::path& program, int memory) {
  Ends socket, output, copies;
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socket.ends.data()) != 0) {
    return problem(errno, "socketpair");
  }
  if (::pipe2(output.ends.data(), O_CLOEXEC) != 0) return problem(errno, "pipe");
  ::fcntl(output.ends[0], F_SETFL, O_NONBLOCK);
  Ends more;
  copies.ends = {above(socket.ends[1]), above(memory)};
  more.ends[0] = above(output.ends[1]);
  if (copies.ends[0] < 0 || copies.ends[1] < 0 || more.ends[0] < 0) {
    return problem(errno, "a descriptor for " + program.string());
  }
  const SpawnPlan plan(copies.ends[0], copies.ends[1], more.ends[0]);
  std::string name = program.string(), parent = std::to_string(::getpid());
  std::array<char*, 3> arguments{name.data(), parent.data(), nullptr};
  pid_t pid = 0;
  const int failed = ::posix_spawn(&pid, program.c_str(), &plan.files, &plan.attributes,
                                   arguments.data(), environ);
  if (failed != 0) return problem(failed, program.string() + " cannot be run");
  return HostProcess(pid, socket.take(0), output.take(0));
}

HostProcess::HostProcess(HostProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)),
      socket_(std::exchange(other.socket_, -1)),
      output_(std::exchange(other.output_, -1)) {}

HostProcess::~HostProcess() {
  if (pid_ > 0) {
    kill();
    (void)wait();
  }
  if (socket_ >= 0) ::close(socket_);
  if (output_ >= 0) ::close(output_);
}

void HostProcess::kill() const {
  if (pid_ <= 0) return;
  ::kill(-pid_, SIGKILL);  // and what the driver has started
  ::kill(pid_, SIGKILL);
}

void HostProcess::ask(std::uint32_t thread) const {
  if (pid_ > 0) ::syscall(SYS_tgkill, pid_, static_cast<pid_t>(thread), SIGUSR1);
}

int HostProcess::wait() {
  int status = 0;
  while (pid_ > 0 && ::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
  return status;
}

}  // namespace hbalab::port::isolated
