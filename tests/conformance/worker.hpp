// A process that runs cases one after the other, and the side that watches it. Not for other
// folders.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>

#include "tests/conformance/runner.hpp"

namespace hbalab::conform {

// What a worker wrote, as a line of JSON; or why there is none any more.
struct Message {
  Json json;
  std::string end;  // "ended by signal 11 (Segmentation fault)"; empty: it lives
};

class Worker {
 public:
  Worker() = default;
  ~Worker() { finish(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Forks; `body` reads lines with next_line(), and writes with say().
  [[nodiscard]] std::expected<void, std::string> start(const std::function<void(Worker&)>& body);
  // Lets it end by itself, or kills it when it does not.
  void finish();
  // Kills it and waits until it is gone, or a little.
  void stop();
  [[nodiscard]] bool running() const { return pid_ > 0; }
  [[nodiscard]] int descriptor() const { return from_; }

  // The watching side.
  void send(const std::string& line);
  // Reads what is there; a whole line, or the end, is a message.
  [[nodiscard]] std::optional<Message> receive();
  // What the worker was last seen doing.
  [[nodiscard]] std::string last_request() const;

  // The worker's side.
  [[nodiscard]] std::optional<std::string> next_line();
  void say(const Json& json);
  void note_request(std::string_view what);

 private:
  static constexpr std::size_t kNoteSize = 4096;

  // Whether it has ended within so many turns of 2 ms.
  [[nodiscard]] bool reap(int turns);

  pid_t pid_ = -1;
  int from_ = -1, to_ = -1;
  std::string input_;
  char* note_ = nullptr;  // shared with the other side
};

// Runs a function in a process of its own, and returns what it says, within the time.
[[nodiscard]] std::expected<Json, std::string> in_child(const std::function<Json()>& function,
                                                        milliseconds timeout);

}  // namespace hbalab::conform
