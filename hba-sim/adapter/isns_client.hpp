// iSNS discovery: a registration with every server that the adapter is to ask.
//
// A server is asked over the ports in their order until one gets an answer, and again at the retry
// interval when none does; what it told before stays until then. What it notifies of is asked for
// at once.
//
// Threads: under the HBA lock; callbacks of fabric and clock come in through the gate.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "hba-sim/adapter/hba_gate.hpp"
#include "hba-sim/adapter/security.hpp"
#include "hba-sim/clock.hpp"
#include "hba-sim/fabric/fabric.hpp"
#include "hba-sim/lab/config.hpp"

namespace hbalab::adapter {

class IsnsClient {
 public:
  struct Host {
    std::function<std::vector<IpAddress>()> ports;  // that have a link, in order
    std::function<std::string()> initiator;         // the node name to register
    // Null: the server is not asked any more.
    std::function<void(const std::string& server, const fabric::IsnsTargets&)> told;
  };
  // The fabric and the clock outlive the client.
  IsnsClient(fabric::Fabric& fabric, Clock& clock, const lab::TimingConfig& timing, Host host);
  ~IsnsClient();
  IsnsClient(const IsnsClient&) = delete;
  IsnsClient& operator=(const IsnsClient&) = delete;

  void start(std::shared_ptr<Gate> gate);
  // Ends the registrations; nothing more is told.
  void stop();
  // Asks the servers of the settings, and those only. The same ones again changes nothing.
  void configure(const DiscoverySettings& settings);
  // Asks all of them again: over other ports, or under another name.
  void ask_again();

 private:
  // One server. What was begun before the serial changed is over.
  struct Server {
    std::string address;
    fabric::IsnsId registration = 0;
    TimerId timer = 0;
    std::size_t port = 0;
    std::uint64_t serial = 0;
  };
  using ServerPtr = std::shared_ptr<Server>;
  template <typename Step>
  auto later(const ServerPtr& server, Step step);

  void search();
  void set_servers(std::vector<std::string> addresses);
  void ask(const ServerPtr& server);
  void answered(Server& server, const fabric::IsnsTargets& told);
  void ask_over_next_port(const ServerPtr& server);
  void drop(Server& server);
  void cancel(TimerId& timer);

  fabric::Fabric& fabric_;
  Clock& clock_;
  const lab::TimingConfig timing_;
  const Host host_;
  std::shared_ptr<Gate> gate_;
  bool automatic_ = false;
  TimerId search_timer_ = 0;
  std::map<std::string, ServerPtr> servers_;
};

}  // namespace hbalab::adapter
