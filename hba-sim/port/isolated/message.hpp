// What the lab and the process of an isolated driver tell each other beside the requests, over a
// socket: a stream of messages, each a length and a body of one form.
//
// The driver's process may send anything: what does not decode ends the connection.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "wmi-model/guid.hpp"

namespace hbalab::port::isolated {

struct Message {
  enum class Kind : std::uint8_t {
    // From the lab.
    start,         // text: what to run, as JSON (config.hpp)
    cancel,        // numbers: slot, serial
    fire,          // numbers: timer
    acknowledged,  // numbers: timer; the lab's clock has it
    reset,
    stop,
    settle,  // numbers: which
    // From the driver's process.
    module,         // text: path; numbers: load address, begin, end
    provider,       // numbers: provider; text: device instance; data: REGINFO as the driver gave it
    provider_gone,  // numbers: provider
    event,          // numbers: provider, timestamp; guid, text: instance name; data
    log,            // text: a line
    fault,          // text: what the driver did wrong; a line of the log says it too
    schedule,       // numbers: timer, when
    unschedule,     // numbers: timer
    fired,          // numbers: timer
    started,        // numbers: errno, 0: it runs; text: why it does not
    reset_done,     // text: why the driver does not run; "": it does
    violation,      // text: violation_text.hpp
    settled,        // numbers: which; what the checker had found was told before
    last = settled,
  };

  Kind kind = Kind::log;
  std::array<std::uint64_t, 3> numbers{};
  wmi::Guid guid{};
  std::string text = {};
  std::vector<std::uint8_t> data = {};
};

// A REGINFO has at most 16 MiB.
inline constexpr std::size_t kMostMessage = std::size_t{17} << 20;

[[nodiscard]] std::vector<std::uint8_t> encode(const Message& message);

// Bytes in, messages out.
class MessageReader {
 public:
  void append(std::span<const std::uint8_t> bytes);
  // Nothing: more bytes are needed. The error is for people; nothing can be read after it.
  [[nodiscard]] std::expected<std::optional<Message>, std::string> next();

 private:
  std::vector<std::uint8_t> bytes_;
  std::size_t begin_ = 0;
};

// One end of the socket.
class MessageSocket {
 public:
  explicit MessageSocket(int descriptor) : descriptor_(descriptor) {}
  ~MessageSocket();
  MessageSocket(const MessageSocket&) = delete;
  MessageSocket& operator=(const MessageSocket&) = delete;

  // Any thread; whole messages. False: the other end has gone.
  bool send(const Message& message);
  // What has come, at most a piece; waits for it unless `dont_wait`. Nothing: nothing is there yet.
  // Empty: the other end has gone.
  [[nodiscard]] std::optional<std::vector<std::uint8_t>> receive(bool dont_wait);
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  const int descriptor_;
  std::mutex mutex_;  // one message after the other; taken last
};

}  // namespace hbalab::port::isolated
