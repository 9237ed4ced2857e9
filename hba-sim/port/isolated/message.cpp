#include "hba-sim/port/isolated/message.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace hbalab::port::isolated {
namespace {

// Length of the rest, kind, numbers, GUID, length of the text; then text and data.
constexpr std::size_t kLength = 4, kNumbers = kLength + 4, kGuid = kNumbers + std::size_t{3} * 8,
                      kTextLength = kGuid + 16, kFixed = kTextLength + 4;

template <typename T>
void put(std::vector<std::uint8_t>& to, std::size_t at, T value) {
  std::memcpy(to.data() + at, &value, sizeof value);
}

template <typename T>
T get(std::span<const std::uint8_t> from, std::size_t at) {
  T value;
  std::memcpy(&value, from.data() + at, sizeof value);
  return value;
}

}  // namespace

std::vector<std::uint8_t> encode(const Message& message) {
  std::vector<std::uint8_t> bytes(kFixed + message.text.size() + message.data.size());
  put(bytes, 0, static_cast<std::uint32_t>(bytes.size() - kLength));
  put(bytes, kLength, static_cast<std::uint32_t>(message.kind));
  for (std::size_t i = 0; i < message.numbers.size(); ++i) {
    put(bytes, kNumbers + 8 * i, message.numbers.at(i));
  }
  std::memcpy(bytes.data() + kGuid, message.guid.bytes.data(), message.guid.bytes.size());
  put(bytes, kTextLength, static_cast<std::uint32_t>(message.text.size()));
  std::ranges::copy(message.text, bytes.begin() + kFixed);
  std::ranges::copy(message.data,
                    bytes.begin() + kFixed + static_cast<std::ptrdiff_t>(message.text.size()));
  return bytes;
}

void MessageReader::append(std::span<const std::uint8_t> bytes) {
  bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(begin_));
  begin_ = 0;
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

std::expected<std::optional<Message>, std::string> MessageReader::next() {
  const std::span<const std::uint8_t> bytes = std::span(bytes_).subspan(begin_);
  if (bytes.size() < kLength) return std::nullopt;
  const std::size_t size = kLength + get<std::uint32_t>(bytes, 0);
  if (size < kFixed || size > kMostMessage) {
    return std::unexpected("a message of " + std::to_string(size) + " bytes; expected " +
                           std::to_string(kFixed) + " to " + std::to_string(kMostMessage));
  }
  if (bytes.size() < size) return std::nullopt;
  const auto kind = get<std::uint32_t>(bytes, kLength);
  if (kind > static_cast<std::uint32_t>(Message::Kind::last)) {
    return std::unexpected("a message of kind " + std::to_string(kind) + "; expected at most " +
                           std::to_string(static_cast<unsigned>(Message::Kind::last)));
  }
  const std::size_t text = get<std::uint32_t>(bytes, kTextLength);
  if (text > size - kFixed) {
    return std::unexpected("a message with a text of " + std::to_string(text) +
                           " bytes; expected at most " + std::to_string(size - kFixed));
  }
  Message message;
  message.kind = static_cast<Message::Kind>(kind);
  for (std::size_t i = 0; i < message.numbers.size(); ++i) {
    message.numbers.at(i) = get<std::uint64_t>(bytes, kNumbers + 8 * i);
  }
  std::memcpy(message.guid.bytes.data(), bytes.data() + kGuid, message.guid.bytes.size());
  const auto body = bytes.subspan(kFixed, size - kFixed);
  message.text.assign(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(text));
  message.data.assign(body.begin() + static_cast<std::ptrdiff_t>(text), body.end());
  begin_ += size;
  return message;
}

MessageSocket::~MessageSocket() { ::close(descriptor_); }

bool MessageSocket::send(const Message& message) {
  const std::vector<std::uint8_t> bytes = encode(message);
  const std::scoped_lock lock(mutex_);
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t size =
        ::send(descriptor_, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return false;
    done += static_cast<std::size_t>(size);
  }
  return true;
}

std::optional<std::vector<std::uint8_t>> MessageSocket::receive(bool dont_wait) {
  std::vector<std::uint8_t> bytes(64 << 10);
  for (;;) {
    const ssize_t size =
        ::recv(descriptor_, bytes.data(), bytes.size(), dont_wait ? MSG_DONTWAIT : 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return std::nullopt;
    bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    return bytes;
  }
}

}  // namespace hbalab::port::isolated
