// ICMP echo requests from a port of the adapter, one after the other.
#include <algorithm>

#include "hba-sim/adapter/hba_core.hpp"

namespace hbalab::adapter {
namespace {

using iscsi::IsdscStatus;

// One call keeps the adapter busy for so long at most, and a request fits into one IPv4 packet.
constexpr std::uint32_t kMaxRequests = 1000;
constexpr std::uint32_t kMaxBytes = 65535 - 20 - 8;

IsdscStatus check(const PingCommand& command) {
  if (command.address.type > IpAddress::Type::empty) return iscsi::ISDSC_ADDRESS_TYPE_NOT_SUPPORTED;
  const bool good = !command.address.empty() && command.count >= 1 &&
                    command.count <= kMaxRequests && command.bytes <= kMaxBytes &&
                    command.timeout.count() > 0;
  return good ? iscsi::ISDSC_SUCCESS : iscsi::ISDSC_INVALID_PARAMETER;
}

}  // namespace

// The port that a login to that address would use, or the first in that order that gets an answer.
std::expected<std::uint32_t, IsdscStatus> HbaCore::port_for_ping(const IpAddress& to) const {
  Portal portal;
  portal.address = to;
  const auto paths = make_paths({}, portal, true);
  if (!paths || paths->empty()) return std::unexpected(iscsi::ISDSC_CONNECTION_FAILED);
  for (const auto& path : *paths) {
    const auto echo = options_.fabric->echo(path.address, to);
    if (!echo.resolved) return std::unexpected(iscsi::ISDSC_DNS_NAME_UNRESOLVED);
    if (echo.round_trip) return path.port;
  }
  return paths->front().port;
}

OperationId HbaCore::ping(PingCommand command, PingDone done) {
  auto status = gate_ == nullptr ? iscsi::ISDSC_TRANSPORT_ERROR
                : failed()       ? iscsi::ISDSC_NON_SPECIFIC_ERROR
                                 : check(command);
  Ping ping;
  if (status == iscsi::ISDSC_SUCCESS) {
    const auto port = port_for_ping(command.address);
    if (port) {
      ping.port = *port;
    } else {
      status = port.error();
    }
  }
  if (status != iscsi::ISDSC_SUCCESS) {
    done(status, 0);
    return 0;
  }
  ping.left = command.count;
  ping.command = std::move(command);
  const auto id = next_operation_++;
  operations_.emplace(id, Operation{std::move(done), nullptr, {}, 0});
  pings_.emplace(id, std::move(ping));
  send_ping(id);
  return operations_.contains(id) ? id : 0;
}

// The next request goes out when the one before was answered, or was waited for long enough. Each
// meets the network as it is when it is sent.
void HbaCore::send_ping(OperationId id) {
  const auto entry = pings_.find(id);
  if (entry == pings_.end()) return;
  auto& ping = entry->second;
  while (ping.left > 0) {
    --ping.left;
    const auto& port = ports_[ping.port];
    const auto echo = port.link_up ? options_.fabric->echo(port.address, ping.command.address)
                                   : fabric::EchoResult{};
    const bool in_time = echo.round_trip && *echo.round_trip <= ping.command.timeout;
    if (in_time && echo.round_trip->count() == 0) {
      ++ping.received;
      continue;
    }
    const auto wait = in_time ? *echo.round_trip : ping.command.timeout;
    operations_.at(id).timer =
        options_.clock->schedule(options_.clock->now() + wait, [gate = gate_, this, id, in_time] {
          gate->run([this, id, in_time] {
            if (const auto waiting = pings_.find(id); waiting != pings_.end())
              waiting->second.received += in_time ? 1 : 0;
            send_ping(id);
          });
        });
    return;
  }
  const auto received = ping.received;
  pings_.erase(entry);
  if (auto operation = take_operation(id))
    std::get<PingDone>(operation->done)(iscsi::ISDSC_SUCCESS, received);
}

}  // namespace hbalab::adapter
