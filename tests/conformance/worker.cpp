#include "tests/conformance/worker.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <thread>

namespace hbalab::conform {
namespace {

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;  // the other side has gone, and is noticed elsewhere
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

// A worker that held the ends of another one's pipes would keep it from ending.
void close_others(int one, int other) {
  const auto low = static_cast<unsigned>(std::min(one, other));
  const auto high = static_cast<unsigned>(std::max(one, other));
  if (low > STDERR_FILENO + 1U) ::close_range(STDERR_FILENO + 1, low - 1, 0);
  if (high > low + 1) ::close_range(low + 1, high - 1, 0);
  ::close_range(high + 1, ~0U, 0);
}

std::string end_of(int status) {
  if (WIFSIGNALED(status))
    return "ended by signal " + std::to_string(WTERMSIG(status)) + " (" +
           ::strsignal(WTERMSIG(status)) + ")";
  return "ended with exit status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

std::expected<void, std::string> Worker::start(const std::function<void(Worker&)>& body) {
  int there[2], back[2];
  if (::pipe2(there, O_CLOEXEC) != 0)
    return std::unexpected(std::string("pipe: ") + std::strerror(errno));
  if (::pipe2(back, O_CLOEXEC) != 0) {
    ::close(there[0]);
    ::close(there[1]);
    return std::unexpected(std::string("pipe: ") + std::strerror(errno));
  }
  void* memory =
      ::mmap(nullptr, kNoteSize, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  note_ = memory == MAP_FAILED ? nullptr : static_cast<char*>(memory);
  std::cout.flush();
  std::cerr.flush();
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    ::signal(SIGINT, SIG_IGN);
    ::signal(SIGPIPE, SIG_IGN);
    from_ = there[0];
    to_ = back[1];
    close_others(from_, to_);
    body(*this);
    ::_exit(0);
  }
  ::close(there[0]);
  ::close(back[1]);
  from_ = back[0];
  to_ = there[1];
  if (pid_ < 0) {
    const std::string error = std::string("fork: ") + std::strerror(errno);
    stop();
    return std::unexpected(error);
  }
  ::fcntl(from_, F_SETFL, O_NONBLOCK);
  return {};
}

bool Worker::reap(int turns) {
  for (int i = 0; i < turns && pid_ > 0; ++i) {
    if (::waitpid(pid_, nullptr, WNOHANG) != 0) {
      pid_ = -1;
    } else {
      std::this_thread::sleep_for(milliseconds(2));
    }
  }
  return pid_ <= 0;
}

void Worker::finish() {
  if (to_ >= 0) ::close(to_);
  to_ = -1;
  (void)reap(1000);
  stop();
}

void Worker::stop() {
  if (to_ >= 0) ::close(to_);
  to_ = -1;
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    // Somebody inside of a dead file system may take long to go, or forever.
    (void)reap(500);
  }
  pid_ = -1;
  if (from_ >= 0) ::close(from_);
  from_ = -1;
  input_.clear();
  if (note_ != nullptr) ::munmap(note_, kNoteSize);
  note_ = nullptr;
}

void Worker::send(const std::string& line) { write_all(to_, line + "\n"); }

std::optional<Message> Worker::receive() {
  char buffer[64 << 10];
  bool ended = false;
  for (;;) {
    const ssize_t n = ::read(from_, buffer, sizeof buffer);
    if (n > 0) {
      input_.append(buffer, static_cast<std::size_t>(n));
      continue;
    }
    if (n < 0 && errno == EINTR) continue;
    ended = n == 0;
    break;
  }
  const auto end = input_.find('\n');
  if (end != std::string::npos) {
    Message message{Json::parse(input_.substr(0, end), nullptr, false), {}};
    input_.erase(0, end + 1);
    return message;
  }
  if (!ended) return std::nullopt;
  int status = 0;
  Message message{nullptr, "has gone"};
  if (::waitpid(pid_, &status, 0) == pid_) message.end = end_of(status);
  pid_ = -1;
  return message;
}

std::string Worker::last_request() const {
  if (note_ == nullptr) return {};
  return {note_, ::strnlen(note_, kNoteSize)};
}

std::optional<std::string> Worker::next_line() {
  for (;;) {
    const auto end = input_.find('\n');
    if (end != std::string::npos) {
      std::string line = input_.substr(0, end);
      input_.erase(0, end + 1);
      return line;
    }
    char buffer[256];
    const ssize_t n = ::read(from_, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return std::nullopt;
    input_.append(buffer, static_cast<std::size_t>(n));
  }
}

void Worker::say(const Json& json) {
  write_all(to_, json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

void Worker::note_request(std::string_view what) {
  if (note_ == nullptr) return;
  const std::size_t size = std::min(what.size(), kNoteSize - 1);
  std::memcpy(note_, what.data(), size);
  note_[size] = '\0';
}

std::expected<Json, std::string> in_child(const std::function<Json()>& function,
                                          milliseconds timeout) {
  Worker worker;
  if (auto started = worker.start([&](Worker& self) { self.say(function()); }); !started)
    return std::unexpected(started.error());
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    const auto left =
        std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0)
      return std::unexpected("no answer within " + std::to_string(timeout.count()) + " ms");
    pollfd wait{worker.descriptor(), POLLIN, 0};
    (void)::poll(&wait, 1, static_cast<int>(left.count()));
    if (auto message = worker.receive()) {
      if (!message->end.empty()) return std::unexpected("the process " + message->end);
      return std::move(message->json);
    }
  }
}

}  // namespace hbalab::conform
