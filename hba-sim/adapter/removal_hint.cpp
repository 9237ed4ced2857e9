#include "hba-sim/adapter/removal_hint.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "wmi-model/text.hpp"

namespace hbalab::adapter {
namespace {

std::uint16_t socket_of(const Portal& portal) {
  return portal.socket == 0 ? Portal::kDefaultSocket : portal.socket;
}

std::string port_text(PortNumber port, std::string_view any) {
  return std::to_string(port.value) + (port.is_any_or_all() ? " (" + std::string(any) + ")" : "");
}

std::string_view kind_of(const IpAddress& address) {
  if (address.is_name()) return "host name ";
  return IpAddress::from_text(address.canonical()).type == IpAddress::Type::ipv6 ? "IPv6 address "
                                                                                 : "IPv4 address ";
}

std::string describe(const IscsiName& target, const Portal& portal, std::string_view port) {
  return "target " + wmi::to_utf8(target.as_written()) + ", portal " +
         (portal.empty() ? std::string("(any)") : portal.canonical()) + ", initiator port " +
         std::string(port);
}

// What keeps the record from being the one that is asked for.
std::vector<std::string> differences(const PersistentLogin& stored, const RemoveFilter& wanted) {
  std::vector<std::string> lines;
  if (stored.target.canonical() != wanted.target.canonical()) {
    lines.push_back("target: stored " + wmi::to_utf8(stored.target.as_written()) + ", asked for " +
                    wmi::to_utf8(wanted.target.as_written()));
  }
  if (!wanted.portal.empty()) {
    const IpAddress& have = stored.portal.address;
    const IpAddress& want = wanted.portal.address;
    if (have.canonical() != want.canonical()) {
      std::string line = "portal address: stored " + std::string(kind_of(have)) + have.canonical() +
                         ", asked for " + std::string(kind_of(want)) + want.canonical();
      if (have.is_name() != want.is_name()) line += " (names are not resolved for it)";
      lines.push_back(std::move(line));
    }
    if (socket_of(stored.portal) != socket_of(wanted.portal)) {
      lines.push_back("TCP port: stored " + std::to_string(socket_of(stored.portal)) +
                      ", asked for " + std::to_string(socket_of(wanted.portal)));
    }
  }
  if (!wanted.port.is_any_or_all() && stored.port.value != wanted.port.value) {
    std::string line = "initiator port: stored " + port_text(stored.port, "any port") +
                       ", asked for " + port_text(wanted.port, "all ports");
    if (wanted.port.value == socket_of(stored.portal))
      line += ", which is the TCP port of the target's portal";
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace

std::string explain_missed_removal(const LoginStore& store, const RemoveFilter& filter) {
  std::string text =
      "asked for: " + describe(filter.target, filter.portal, port_text(filter.port, "all ports")) +
      '\n';
  std::optional<PersistentLogin> nearest;
  std::vector<std::string> reasons;
  // Of records that differ in as many members, one of the target that is meant.
  const auto rank = [&](const PersistentLogin& login, std::size_t count) {
    return 2 * count + (login.target.canonical() == filter.target.canonical() ? 0 : 1);
  };
  store.for_each([&](LoginStore::RecordId, const PersistentLogin& login) {
    auto found = differences(login, filter);
    if (nearest && rank(*nearest, reasons.size()) <= rank(login, found.size())) return;
    nearest = login;
    nearest->password.clear();
    nearest->key.clear();
    reasons = std::move(found);
  });
  if (!nearest) return text + "nearest: nothing is stored\n";
  text += "nearest: " +
          describe(nearest->target, nearest->portal, port_text(nearest->port, "any port")) + '\n';
  if (reasons.empty()) return text + "differs in: nothing any more\n";
  for (const auto& reason : reasons) text += "differs in " + reason + '\n';
  return text;
}

}  // namespace hbalab::adapter
